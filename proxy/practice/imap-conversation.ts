import { type FetchItem, fetchResponse, flagsItem, readFetchItems, uidItem } from './imap-fetch.ts';
import { folderHandlers, full, type Handler, noSuchFolder, readFlags, systemFlags } from './imap-folders.ts';
import { readSearch } from './imap-search.ts';
import { type Selection, select } from './imap-selection.ts';
import { BadCommand, ImapArguments, sequenceSetPattern } from './imap-text.ts';
import type { Mailbox } from './mailbox.ts';

/** What an IMAP session does once it is signed in: commands in, lines out. */
export interface ImapConversation {
  /**
   * Runs one command.
   *
   * @returns the lines of the answer; `{tag}` stands for the command's tag.
   * @throws {BadCommand}
   */
  run(name: string, argument: string): string[];
  /** What changed in the selected folder since it was last reported. */
  news(mayExpunge: boolean): string[];
}

/** A mail program uses a handful of keywords of its own. */
const maxFlags = 30;

export function createConversation(mailbox: Mailbox): ImapConversation {
  let selection: Selection | null = null;

  const selected = (): Selection => {
    if (!selection) throw new BadCommand('no folder is selected');
    return selection;
  };
  const news = (mayExpunge: boolean) => selection?.news(mayExpunge) ?? [];
  /** A response with what changed since, and the final status. */
  const answer = (lines: string[] = [], mayExpunge = true) => [...lines, ...news(mayExpunge), '{tag} OK Done'];
  const refuse = (why: string) => [...news(true), `{tag} NO ${why}`];

  const open = (readOnly: boolean): Handler => {
    return (args) => {
      const folder = mailbox.folder(args.string());
      args.end();
      selection = null;
      if (!folder) return refuse(noSuchFolder);
      selection = select(mailbox, folder, readOnly);
      const firstUnseen = folder.messages.findIndex(({ flags }) => !flags.has('\\Seen'));
      return [
        `* FLAGS (${systemFlags.join(' ')})`,
        `* ${folder.messages.length} EXISTS`,
        '* 0 RECENT',
        ...(firstUnseen === -1 ? [] : [`* OK [UNSEEN ${firstUnseen + 1}] The first unread one`]),
        `* OK [UIDVALIDITY ${folder.uidValidity}] Numbers of this folder`,
        `* OK [UIDNEXT ${folder.uidNext}] The next one`,
        `* OK [PERMANENTFLAGS (${readOnly ? '' : `${systemFlags.join(' ')} \\*`})] What may be set`,
        `{tag} OK [${readOnly ? 'READ-ONLY' : 'READ-WRITE'}] Done`,
      ];
    };
  };

  function fetch(args: ImapArguments, byUid: boolean): string[] {
    const messages = selected().messages(args.match(sequenceSetPattern), byUid);
    args.expect(' ');
    const items = readFetchItems(args);
    args.end();
    const read = items.some(({ marksSeen }) => marksSeen) && !selected().readOnly;
    const has = (item: FetchItem) => items.some(({ name }) => name === item.name);
    const first = byUid && !has(uidItem) ? [uidItem] : [];
    const lines = messages.map(({ sequence, message }) => {
      const marks = read && !message.flags.has('\\Seen');
      if (marks) selected().setFlags(message, [...message.flags, '\\Seen']);
      const last = marks && !has(flagsItem) ? [flagsItem] : [];
      return fetchResponse(sequence, message, [...first, ...items, ...last]);
    });
    return answer(lines, byUid);
  }

  function store(args: ImapArguments, byUid: boolean): string[] {
    const messages = selected().messages(args.match(sequenceSetPattern), byUid);
    args.expect(' ');
    const match = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(args.match(/[^\s]+/));
    if (!match) throw new BadCommand('expected FLAGS');
    const [, sign = '', silent] = match;
    args.expect(' ');
    const flags = readFlags(args);
    args.end();
    if (selected().readOnly) return refuse('[READ-ONLY] This folder was opened for reading');
    const lines = messages.map(({ sequence, message }) => {
      const kept = sign === '' ? [] : [...message.flags].filter((flag) => sign === '+' || !flags.includes(flag));
      const next = new Set([...kept, ...(sign === '-' ? [] : flags)]);
      if (next.size <= maxFlags) selected().setFlags(message, next);
      return `* ${sequence} FETCH (${byUid ? `UID ${message.uid} ` : ''}FLAGS (${[...message.flags].join(' ')}))`;
    });
    return answer(silent ? [] : lines, byUid);
  }

  function search(args: ImapArguments, byUid: boolean): string[] {
    const scope = { largestSequence: selected().size, largestUid: selected().largestUid };
    const meets = readSearch(args, scope);
    const found = selected()
      .messages()
      .filter(({ message, sequence }) => meets(message, sequence));
    return answer([['* SEARCH', ...found.map((each) => (byUid ? each.message.uid : each.sequence))].join(' ')], byUid);
  }

  function copy(args: ImapArguments, byUid: boolean): string[] {
    const messages = selected().messages(args.match(sequenceSetPattern), byUid);
    args.expect(' ');
    const target = mailbox.folder(args.string());
    args.end();
    if (!target) return refuse('[TRYCREATE] There is no such folder');
    for (const { message } of messages) {
      if (!mailbox.add(target.name, message.bytes, message.flags, message.received)) return refuse(full);
    }
    return answer();
  }

  function expunge(): void {
    const { folder } = selected();
    const deleted = selected()
      .messages()
      .filter(({ message }) => message.flags.has('\\Deleted'));
    mailbox.expunge(folder.name, new Set(deleted.map(({ message }) => message.uid)));
  }

  const byNumber: Record<string, (args: ImapArguments, byUid: boolean) => string[]> = {
    fetch,
    store,
    search,
    copy,
  };

  const handlers: Record<string, Handler> = {
    ...folderHandlers(mailbox, { answer, refuse }),
    noop: () => answer(),
    check: () => answer(),
    select: open(false),
    examine: open(true),
    close() {
      if (!selected().readOnly) expunge();
      selection = null;
      return answer();
    },
    unselect() {
      selection = null;
      return answer();
    },
    expunge() {
      if (selected().readOnly) return refuse('[READ-ONLY] This folder was opened for reading');
      expunge();
      return answer();
    },
    uid(args) {
      const name = args.match(/[A-Za-z]+/);
      args.expect(' ');
      return handlerOf(byNumber, name)(args, true);
    },
  };

  return {
    news,
    run(name, argument) {
      const args = new ImapArguments(argument);
      if (Object.hasOwn(byNumber, name.toLowerCase())) return handlerOf(byNumber, name)(args, false);
      return handlerOf(handlers, name)(args);
    },
  };
}

function handlerOf<T>(handlers: Record<string, T>, name: string): T {
  const key = name.toLowerCase();
  const handler = Object.hasOwn(handlers, key) ? handlers[key] : undefined;
  if (!handler) throw new BadCommand('this server does not know that');
  return handler;
}
