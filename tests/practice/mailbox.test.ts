import { expect, test } from 'vitest';
import { createMailbox } from '../../proxy/practice/mailbox.ts';
import { messageWith } from './support.ts';

const mail = messageWith('one');

test('has the folders that mail programs look for, and INBOX in any case', () => {
  const mailbox = createMailbox();
  expect(mailbox.folders().map(({ name, use }) => [name, use])).toEqual([
    ['INBOX', null],
    ['Drafts', '\\Drafts'],
    ['Sent', '\\Sent'],
    ['Trash', '\\Trash'],
  ]);
  expect(mailbox.folder('inbox')?.name).toBe('INBOX');
  expect(mailbox.folder('sent')).toBeNull();
});

test('numbers messages upwards, and never gives a number twice', () => {
  const mailbox = createMailbox();
  expect([1, 2].map(() => mailbox.add('INBOX', mail)?.uid)).toEqual([1, 2]);
  mailbox.expunge('INBOX', new Set([2]));
  expect(mailbox.add('INBOX', mail)?.uid).toBe(3);
  expect(mailbox.folder('INBOX')).toMatchObject({ uidNext: 4 });
  expect(mailbox.folder('INBOX')?.messages.map(({ uid }) => uid)).toEqual([1, 3]);
});

test('a line end of any kind becomes CR LF', () => {
  const message = createMailbox().add('INBOX', Buffer.from('a: b\n\none\rtwo\r\nthree\u00ff', 'latin1'));
  expect(message?.bytes.toString('latin1')).toBe('a: b\r\n\r\none\r\ntwo\r\nthree\u00ff');
});

test('takes 1000 messages and no more, until something is deleted', () => {
  const mailbox = createMailbox();
  for (let number = 0; number < 1000; number += 1) mailbox.add('INBOX', mail);
  expect(mailbox.add('Sent', mail)).toBeNull();
  mailbox.expunge('INBOX', new Set([7]));
  expect(mailbox.add('Sent', mail)).not.toBeNull();
});

test('takes 32 MB and no more, until something is deleted', () => {
  const mailbox = createMailbox();
  const large = Buffer.alloc(8 * 1024 * 1024, 'x');
  expect([1, 2, 3, 4, 5].map(() => mailbox.add('INBOX', large) !== null)).toEqual([true, true, true, true, false]);
  mailbox.expunge('INBOX', new Set([1]));
  expect(mailbox.add('INBOX', large)).not.toBeNull();
});

test('makes and removes folders, up to 20, and keeps those that are always there', () => {
  const mailbox = createMailbox();
  const made = Array.from({ length: 20 }, (_, number) => mailbox.create(`F${number}`));
  expect(made.filter(Boolean)).toHaveLength(16);
  expect(mailbox.create('INBOX')).toBe(false);
  expect(mailbox.remove('Sent')).toBe(false);
  expect(mailbox.remove('F99')).toBe(false);
  const before = mailbox.folder('F1')?.uidValidity ?? 0;
  expect(mailbox.remove('F1')).toBe(true);
  mailbox.create('F1');
  expect(mailbox.folder('F1')?.uidValidity).toBeGreaterThan(before);
});

test('a removed folder gives its room back', () => {
  const mailbox = createMailbox();
  mailbox.create('Big');
  const large = Buffer.alloc(8 * 1024 * 1024, 'x');
  for (let number = 0; number < 4; number += 1) mailbox.add('Big', large);
  expect(mailbox.add('INBOX', mail)).toBeNull();
  mailbox.remove('Big');
  expect(mailbox.add('INBOX', mail)).not.toBeNull();
});

test('tells whoever watches about every change, until they stop', () => {
  const mailbox = createMailbox();
  let heard = 0;
  const unwatch = mailbox.watch(() => {
    heard += 1;
  });
  mailbox.add('INBOX', mail);
  mailbox.setFlags('INBOX', 1, ['\\Seen']);
  expect(mailbox.folder('INBOX')?.messages[0]).toMatchObject({ flags: new Set(['\\Seen']), flagsRevision: 1 });
  mailbox.expunge('INBOX', new Set([1]));
  expect(heard).toBe(3);
  unwatch();
  mailbox.add('INBOX', mail);
  expect(heard).toBe(3);
});
