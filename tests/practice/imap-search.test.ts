import { expect, test } from 'vitest';
import { readSearch } from '../../proxy/practice/imap-search.ts';
import { BadCommand, ImapArguments } from '../../proxy/practice/imap-text.ts';
import type { Message } from '../../proxy/practice/mailbox.ts';
import { messageWith } from './support.ts';

const message = (uid: number, subject: string, body: string, flags: string[], received: string): Message => ({
  uid,
  bytes: messageWith(subject, body),
  received: new Date(received),
  flags: new Set(flags),
  flagsRevision: 0,
});

const messages = [
  message(10, 'apples', 'red', ['\\Seen'], '2026-11-10T23:59:59Z'),
  message(20, 'Pears', 'green', ['\\Seen', '\\Flagged', 'later'], '2026-11-11T00:00:00Z'),
  message(30, 'plums', 'x'.repeat(500), ['\\Deleted'], '2026-11-12T12:00:00Z'),
];

function search(keys: string): number[] {
  const meets = readSearch(new ImapArguments(keys), { largestSequence: 3, largestUid: 30 });
  return messages.filter((each, index) => meets(each, index + 1)).map(({ uid }) => uid);
}

test.each([
  ['ALL', [10, 20, 30]],
  ['SEEN', [10, 20]],
  ['unseen', [30]],
  ['FLAGGED SEEN', [20]],
  ['UNFLAGGED', [10, 30]],
  ['DELETED', [30]],
  ['UNDELETED UNANSWERED UNDRAFT', [10, 20]],
  ['ANSWERED', []],
  ['KEYWORD later', [20]],
  ['UNKEYWORD later', [10, 30]],
  ['NEW', []],
  ['OLD', [10, 20, 30]],
  ['2:3', [20, 30]],
  ['*', [30]],
  ['UID 1:15,30', [10, 30]],
  ['NOT SEEN', [30]],
  ['OR DELETED UNFLAGGED', [10, 30]],
  ['(SEEN NOT FLAGGED)', [10]],
  ['NOT (OR 1 2)', [30]],
  ['CHARSET utf-8 FLAGGED', [20]],
])('%s', (keys, uids) => {
  expect(search(keys)).toEqual(uids);
});

test.each([
  '',
  'NOTHING x',
  // What a person would search for, which the practice account does not support.
  'SUBJECT pears',
  'TEXT pears',
  'LARGER 500',
  'SINCE 11-Nov-2026',
  'OR SEEN',
  'CHARSET KOI8-R ALL',
  'ALL  SEEN',
  `${'NOT '.repeat(60)}SEEN`,
  `${'('.repeat(60)}SEEN${')'.repeat(60)}`,
])('%j cannot be searched for', (keys) => {
  expect(() => search(keys)).toThrow(BadCommand);
});
