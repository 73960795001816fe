import { readImapDate } from './imap-fetch.ts';
import { BadCommand, type ImapArguments, quoted } from './imap-text.ts';
import type { Folder, Mailbox } from './mailbox.ts';

/** Runs a command on its arguments. @returns the lines of the answer; `{tag}` stands for the command's tag */
export type Handler = (args: ImapArguments) => string[];

/** How a command's answer ends. */
export interface Answers {
  answer(lines?: string[]): string[];
  refuse(why: string): string[];
}

export const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'];
export const noSuchFolder = '[NONEXISTENT] There is no such folder';
export const full = '[OVERQUOTA] The practice mailbox is full: delete something';

/** The commands about folders, by lower-case name. They do not need one to be selected. */
export function folderHandlers(mailbox: Mailbox, { answer, refuse }: Answers): Record<string, Handler> {
  const list =
    (word: string): Handler =>
    (args) => {
      const specialOnly = args.take('(SPECIAL-USE) ');
      const reference = args.string();
      args.expect(' ');
      const pattern = reference + args.string(true);
      // RFC 3501 §6.3.8: an empty name asks only for the separator.
      if (pattern === '') return [`* ${word} (\\Noselect) "/" ""`, '{tag} OK Done'];
      const matches = patternOf(pattern);
      const folders = mailbox.folders().filter(({ name, use }) => matches.test(name) && (!specialOnly || use !== null));
      return answer(folders.map((each) => `* ${word} (\\HasNoChildren${useOf(each)}) "/" ${quoted(each.name)}`));
    };

  return {
    list: list('LIST'),
    lsub: list('LSUB'),
    namespace: () => answer(['* NAMESPACE (("" "/")) NIL NIL']),
    subscribe: () => answer(),
    unsubscribe: () => answer(),
    create: (args) => (mailbox.create(args.string().replace(/\/$/, '')) ? answer() : refuse('It cannot be made')),
    delete: (args) => (mailbox.remove(args.string()) ? answer() : refuse('This folder stays')),
    rename: () => refuse('Folders of the practice account keep their names'),
    status(args) {
      const folder = mailbox.folder(args.string());
      args.expect(' ');
      const items = args.list(() => args.atom().toUpperCase());
      args.end();
      if (!folder) return refuse(noSuchFolder);
      const facts = items.map((item) => `${item} ${statusOf(folder, item)}`);
      return answer([`* STATUS ${quoted(folder.name)} (${facts.join(' ')})`]);
    },
    append(args) {
      const folder = mailbox.folder(args.string());
      args.expect(' ');
      const flags = args.next('(') ? readFlags(args) : null;
      if (flags) args.expect(' ');
      const first = args.string();
      // A date may come before the message (RFC 3501 §6.3.11).
      const dated = args.take(' ');
      const text = dated ? args.string() : first;
      args.end();
      if (!folder) return refuse('[TRYCREATE] There is no such folder');
      const received = dated ? readImapDate(first) : new Date();
      return mailbox.add(folder.name, Buffer.from(text, 'latin1'), flags ?? [], received) ? answer() : refuse(full);
    },
  };
}

/** Reads one flag or a list of them. */
export function readFlags(args: ImapArguments): string[] {
  const flags = args.next('(') ? args.list(() => args.atom()) : [args.atom()];
  // System flags are recognised in any case (RFC 3501 §9).
  return flags.map((flag) => systemFlags.find((each) => each.toLowerCase() === flag.toLowerCase()) ?? flag);
}

function useOf({ use }: Folder): string {
  return use === null ? '' : ` ${use}`;
}

/** LIST's wildcards: `*` is anything, `%` anything within one level (RFC 3501 §6.3.8). INBOX is case-insensitive. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/%+/g, '[^/]*');
  return new RegExp(`^${source}$`, /^inbox$/i.test(pattern) ? 'i' : '');
}

function statusOf(folder: Folder, item: string): number {
  switch (item) {
    case 'MESSAGES':
      return folder.messages.length;
    case 'RECENT':
      return 0;
    case 'UIDNEXT':
      return folder.uidNext;
    case 'UIDVALIDITY':
      return folder.uidValidity;
    case 'UNSEEN':
      return folder.messages.filter(({ flags }) => !flags.has('\\Seen')).length;
    default:
      throw new BadCommand(`${item} is no status item`);
  }
}
