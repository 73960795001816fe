import { BadCommand, type ImapArguments, sequenceSet, sequenceSetPattern } from './imap-text.ts';
import type { Message } from './mailbox.ts';

/** What the numbers in a search refer to. */
export interface SearchScope {
  largestSequence: number;
  largestUid: number;
}

/** Whether a message is one of those searched for. */
export type Criterion = (message: Message, sequence: number) => boolean;

/** NOT (NOT (NOT …)) ends here. */
const deepest = 50;

const all: Criterion = () => true;
const flagged =
  (flag: string, is: boolean): Criterion =>
  ({ flags }) =>
    flags.has(flag) === is;

const flags: Record<string, Criterion> = {
  ALL: all,
  ANSWERED: flagged('\\Answered', true),
  DELETED: flagged('\\Deleted', true),
  DRAFT: flagged('\\Draft', true),
  FLAGGED: flagged('\\Flagged', true),
  SEEN: flagged('\\Seen', true),
  UNANSWERED: flagged('\\Answered', false),
  UNDELETED: flagged('\\Deleted', false),
  UNDRAFT: flagged('\\Draft', false),
  UNFLAGGED: flagged('\\Flagged', false),
  UNSEEN: flagged('\\Seen', false),
  // No message of this server is \Recent: that flag went with IMAP4rev2 (RFC 9051 Appendix E).
  NEW: () => false,
  RECENT: () => false,
  OLD: all,
};

/**
 * Reads the keys of a SEARCH (RFC 3501 §6.4.4), all of which a message has to match: those that mail programs send on
 * their own to find what is new. People search in real accounts.
 *
 * @throws {BadCommand}
 */
export function readSearch(args: ImapArguments, scope: SearchScope): Criterion {
  if (args.take('CHARSET ')) args.match(/(?:UTF-8|US-ASCII) /i);
  const criteria: Criterion[] = [];
  do criteria.push(readKey(args, scope, 0));
  while (args.take(' '));
  args.end();
  return (message, sequence) => criteria.every((meets) => meets(message, sequence));
}

function readKey(args: ImapArguments, scope: SearchScope, depth: number): Criterion {
  if (depth > deepest) throw new BadCommand('that is nested too deep');
  if (args.next('(')) {
    const criteria = args.list(() => readKey(args, scope, depth + 1));
    return (message, sequence) => criteria.every((meets) => meets(message, sequence));
  }
  const word = args.match(/[^\s()"]+/).toUpperCase();
  if (/^[\d*]/.test(word)) {
    const has = sequenceSet(word, scope.largestSequence);
    return (_, sequence) => has(sequence);
  }
  const flag = flags[word];
  if (flag) return flag;
  args.expect(' ');
  switch (word) {
    case 'NOT': {
      const meets = readKey(args, scope, depth + 1);
      return (message, sequence) => !meets(message, sequence);
    }
    case 'OR': {
      const one = readKey(args, scope, depth + 1);
      args.expect(' ');
      const other = readKey(args, scope, depth + 1);
      return (message, sequence) => one(message, sequence) || other(message, sequence);
    }
    case 'UID': {
      const has = sequenceSet(args.match(sequenceSetPattern), scope.largestUid);
      return ({ uid }) => has(uid);
    }
    case 'KEYWORD':
      return flagged(args.atom(), true);
    case 'UNKEYWORD':
      return flagged(args.atom(), false);
    default:
      throw new BadCommand('the practice account searches by flags and numbers alone');
  }
}
