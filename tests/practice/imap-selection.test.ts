import { expect, test } from 'vitest';
import { select } from '../../proxy/practice/imap-selection.ts';
import { createMailbox, type Folder } from '../../proxy/practice/mailbox.ts';
import { messageWith } from './support.ts';

function prepare() {
  const mailbox = createMailbox();
  for (const subject of ['a', 'b', 'c']) mailbox.add('INBOX', messageWith(subject));
  const folder = mailbox.folder('INBOX') as Folder;
  return { mailbox, folder, selection: select(mailbox, folder, false) };
}

test('nothing is new at first', () => {
  const { selection } = prepare();
  expect(selection.news(true)).toEqual([]);
  expect([selection.size, selection.largestUid]).toEqual([3, 3]);
});

test('numbers stay as they were told until an EXPUNGE is told, highest first', () => {
  const { mailbox, selection } = prepare();
  mailbox.expunge('INBOX', new Set([1, 2]));
  expect(selection.news(false)).toEqual([]);
  expect(selection.messages('3').map(({ message }) => message.uid)).toEqual([3]);
  expect(selection.news(true)).toEqual(['* 2 EXPUNGE', '* 1 EXPUNGE']);
  expect(selection.messages('1').map(({ message }) => message.uid)).toEqual([3]);
});

test('new messages are told once, also after a removal that was not told yet', () => {
  const { mailbox, selection } = prepare();
  mailbox.expunge('INBOX', new Set([3]));
  mailbox.add('INBOX', messageWith('d'));
  expect(selection.news(false)).toEqual(['* 4 EXISTS']);
  expect(selection.news(true)).toEqual(['* 3 EXPUNGE']);
  mailbox.add('INBOX', messageWith('e'));
  mailbox.expunge('INBOX', new Set([5]));
  expect(selection.news(true)).toEqual([]);
});

test('flags that another session changed are told, its own are not told again', () => {
  const { mailbox, selection, folder } = prepare();
  mailbox.setFlags('INBOX', 2, ['\\Flagged']);
  expect(selection.news(false)).toEqual(['* 2 FETCH (UID 2 FLAGS (\\Flagged))']);
  const first = folder.messages[0];
  if (first) selection.setFlags(first, ['\\Seen']);
  expect(first?.flags).toEqual(new Set(['\\Seen']));
  expect(selection.news(true)).toEqual([]);
});

test('picks messages by number or UID', () => {
  const { mailbox, selection } = prepare();
  mailbox.expunge('INBOX', new Set([1]));
  selection.news(true);
  expect(selection.messages('1').map(({ message }) => message.uid)).toEqual([2]);
  expect(selection.messages('3:*', true).map(({ sequence }) => sequence)).toEqual([2]);
  expect(selection.messages().map(({ sequence }) => sequence)).toEqual([1, 2]);
});
