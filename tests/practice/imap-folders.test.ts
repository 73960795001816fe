import { expect, test } from 'vitest';
import { createConversation } from '../../proxy/practice/imap-conversation.ts';
import { readFlags } from '../../proxy/practice/imap-folders.ts';
import { BadCommand, ImapArguments } from '../../proxy/practice/imap-text.ts';
import { createMailbox } from '../../proxy/practice/mailbox.ts';
import { messageWith } from './support.ts';

function prepare() {
  const mailbox = createMailbox();
  const conversation = createConversation(mailbox);
  const run = (line: string) => {
    const [name = ''] = line.split(' ', 1);
    return conversation.run(name.toUpperCase(), line.slice(name.length + 1));
  };
  return { mailbox, run };
}

test('LIST with its wildcards, and the separator alone', () => {
  const { run } = prepare();
  const names = (line: string) => run(line).flatMap((each) => /"\/" "(.*)"$/.exec(each)?.[1] ?? []);
  expect(names('LIST "" *')).toEqual(['INBOX', 'Drafts', 'Sent', 'Trash']);
  expect(names('LIST "" "%"')).toEqual(['INBOX', 'Drafts', 'Sent', 'Trash']);
  expect(names('LSUB "" "*"')).toEqual(['INBOX', 'Drafts', 'Sent', 'Trash']);
  expect(names('LIST "" inbox')).toEqual(['INBOX']);
  expect(names('LIST "" S*')).toEqual(['Sent']);
  expect(names('LIST "" "(.*"')).toEqual([]);
  expect(names('LIST (SPECIAL-USE) "" "*"')).toEqual(['Drafts', 'Sent', 'Trash']);
  expect(run('LIST "" ""')).toEqual(['* LIST (\\Noselect) "/" ""', '{tag} OK Done']);
  expect(run('LIST "" Sent')).toEqual(['* LIST (\\HasNoChildren \\Sent) "/" "Sent"', '{tag} OK Done']);
});

test('folders are made and removed', () => {
  const { run, mailbox } = prepare();
  expect(run('CREATE "My mail"')).toEqual(['{tag} OK Done']);
  expect(run('CREATE Archive/')).toEqual(['{tag} OK Done']);
  expect(mailbox.folder('Archive')).not.toBeNull();
  expect(run('CREATE INBOX')).toEqual(['{tag} NO It cannot be made']);
  expect(run('DELETE "My mail"')).toEqual(['{tag} OK Done']);
  expect(run('DELETE INBOX')).toEqual(['{tag} NO This folder stays']);
  expect(run('RENAME Sent Other')[0]).toMatch(/^\{tag\} NO/);
  expect(run('SUBSCRIBE Sent')).toEqual(['{tag} OK Done']);
  expect(run('UNSUBSCRIBE Sent')).toEqual(['{tag} OK Done']);
  expect(run('NAMESPACE')).toEqual(['* NAMESPACE (("" "/")) NIL NIL', '{tag} OK Done']);
});

test('STATUS counts', () => {
  const { run, mailbox } = prepare();
  mailbox.add('INBOX', messageWith('a'), ['\\Seen']);
  mailbox.add('INBOX', messageWith('b'));
  const validity = mailbox.folder('INBOX')?.uidValidity;
  expect(run('STATUS inbox (MESSAGES unseen UIDNEXT UIDVALIDITY RECENT)')).toEqual([
    `* STATUS "INBOX" (MESSAGES 2 UNSEEN 1 UIDNEXT 3 UIDVALIDITY ${validity} RECENT 0)`,
    '{tag} OK Done',
  ]);
  expect(run('STATUS Nowhere (MESSAGES)')[0]).toMatch(/^\{tag\} NO \[NONEXISTENT\]/);
  expect(() => run('STATUS INBOX (COLOUR)')).toThrow(BadCommand);
});

test('APPEND keeps a message, with or without flags and date', () => {
  const { run, mailbox } = prepare();
  expect(run('APPEND Sent "a: b"')).toEqual(['{tag} OK Done']);
  expect(run('APPEND Sent (\\seen $Label) " 1-Feb-2026 10:00:00 +0000" "c: d"')).toEqual(['{tag} OK Done']);
  expect(mailbox.folder('Sent')?.messages.map(({ bytes, flags }) => [bytes.toString(), [...flags]])).toEqual([
    ['a: b', []],
    ['c: d', ['\\Seen', '$Label']],
  ]);
  expect(mailbox.folder('Sent')?.messages[1]?.received.toISOString()).toBe('2026-02-01T10:00:00.000Z');
  expect(run('APPEND Nowhere "x"')[0]).toMatch(/^\{tag\} NO \[TRYCREATE\]/);
  for (let number = 0; number < 998; number += 1) mailbox.add('INBOX', messageWith('x'));
  expect(run('APPEND Sent "x"')[0]).toMatch(/^\{tag\} NO \[OVERQUOTA\]/);
});

test('system flags are known in any case', () => {
  expect(readFlags(new ImapArguments('(\\sEEN \\deleted Own)'))).toEqual(['\\Seen', '\\Deleted', 'Own']);
  expect(readFlags(new ImapArguments('\\Draft'))).toEqual(['\\Draft']);
});
