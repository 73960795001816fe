import { readImapDate } from './imap-fetch.ts';
import { BadCommand, type ImapArguments, sequenceSet, sequenceSetPattern } from './imap-text.ts';
import type { Message } from './mailbox.ts';
import { fieldOf, readFields } from './mime.ts';

/** What the numbers of a search count in. */
export interface SearchScope {
  largestSequence: number;
  largestUid: number;
}

/** Whether a message is one of those that were searched for. */
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

/** Reads the keys of a SEARCH (RFC 3501 §6.4.4), all of which a message has to meet. @throws {BadCommand} */
export function readSearch(args: ImapArguments, scope: SearchScope): Criterion {
  if (args.take('CHARSET ')) {
    const charset = args.string().toUpperCase();
    if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw new BadCommand('only UTF-8 and US-ASCII are known');
    args.expect(' ');
  }
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
    case 'LARGER': {
      const size = args.number();
      return ({ bytes }) => bytes.length > size;
    }
    case 'SMALLER': {
      const size = args.number();
      return ({ bytes }) => bytes.length < size;
    }
    case 'BCC':
    case 'CC':
    case 'FROM':
    case 'SUBJECT':
    case 'TO':
      return inField(word, args.string());
    case 'HEADER': {
      const name = args.string();
      args.expect(' ');
      return inField(name, args.string());
    }
    case 'BODY':
    case 'TEXT': {
      const text = args.string().toLowerCase();
      const begin = (bytes: Buffer) => (word === 'TEXT' ? 0 : Math.max(bytes.indexOf('\r\n\r\n'), 0));
      return ({ bytes }) => bytes.toString('latin1', begin(bytes)).toLowerCase().includes(text);
    }
    default:
      return byDate(word, readImapDate(args.string()));
  }
}

function inField(name: string, text: string): Criterion {
  const field = name.toLowerCase();
  const wanted = text.toLowerCase();
  return ({ bytes }) => {
    const end = bytes.indexOf('\r\n\r\n');
    const fields = readFields(end === -1 ? bytes : bytes.subarray(0, end));
    return fields.some(([each, value]) => each === field && value.toLowerCase().includes(wanted));
  };
}

/** BEFORE, ON and SINCE look at the day alone (RFC 3501 §6.4.4), here in UTC. */
function byDate(word: string, day: Date): Criterion {
  const match = /^(SENT)?(BEFORE|ON|SINCE)$/.exec(word);
  if (!match) throw new BadCommand(`${word} is no search key`);
  const dateOf = ({ bytes, received }: Message) => (match[1] ? new Date(fieldOf(readFields(bytes), 'date')) : received);
  return (message) => {
    const time = Math.floor(dateOf(message).getTime() / 86_400_000) - Math.floor(day.getTime() / 86_400_000);
    if (match[2] === 'BEFORE') return time < 0;
    return match[2] === 'ON' ? time === 0 : time >= 0;
  };
}
