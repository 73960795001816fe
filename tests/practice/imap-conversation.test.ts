import { expect, test } from 'vitest';
import { createConversation } from '../../proxy/practice/imap-conversation.ts';
import { BadCommand } from '../../proxy/practice/imap-text.ts';
import { createMailbox } from '../../proxy/practice/mailbox.ts';
import { messageWith } from './support.ts';

function prepare() {
  const mailbox = createMailbox();
  for (const subject of ['a', 'b', 'c']) mailbox.add('INBOX', messageWith(subject));
  const session = () => {
    const conversation = createConversation(mailbox);
    return (line: string) => {
      const [name = ''] = line.split(' ', 1);
      return conversation.run(name.toUpperCase(), line.slice(name.length + 1));
    };
  };
  return { mailbox, session, run: session() };
}

test('SELECT tells what a mail program needs to know', () => {
  const { run, mailbox } = prepare();
  mailbox.setFlags('INBOX', 1, ['\\Seen']);
  const lines = run('SELECT inbox');
  expect(lines).toContain('* 3 EXISTS');
  expect(lines).toContain('* OK [UNSEEN 2] The first unread one');
  expect(lines).toContain('* OK [UIDNEXT 4] The next one');
  expect(lines.at(-1)).toBe('{tag} OK [READ-WRITE] Done');
  expect(run('SELECT Nowhere')).toEqual(['{tag} NO [NONEXISTENT] There is no such folder']);
  expect(() => run('FETCH 1 UID')).toThrow(BadCommand);
});

test('reading marks as read and says so; peeking and EXAMINE do not', () => {
  const { run, mailbox } = prepare();
  run('SELECT INBOX');
  run('FETCH 1 BODY.PEEK[TEXT]');
  expect(run('FETCH 2 BODY[TEXT]')[0]).toMatch(/FLAGS \(\\Seen\)\)$/);
  expect(run('UID FETCH 3 (FLAGS BODY[TEXT])')[0]).toMatch(/^\* 3 FETCH \(UID 3 FLAGS \(\\Seen\) BODY/);
  run('EXAMINE INBOX');
  run('FETCH 1 BODY[TEXT]');
  expect(mailbox.folder('INBOX')?.messages.map(({ flags }) => flags.has('\\Seen'))).toEqual([false, true, true]);
});

test('STORE sets, adds and takes away, aloud and silently', () => {
  const { run } = prepare();
  run('SELECT INBOX');
  expect(run('STORE 1 FLAGS (\\Seen own)')).toEqual(['* 1 FETCH (FLAGS (\\Seen own))', '{tag} OK Done']);
  expect(run('STORE 1 +FLAGS \\Flagged')[0]).toBe('* 1 FETCH (FLAGS (\\Seen own \\Flagged))');
  expect(run('UID STORE 1 -flags (own)')[0]).toBe('* 1 FETCH (UID 1 FLAGS (\\Seen \\Flagged))');
  expect(run('STORE 1:3 +FLAGS.SILENT (\\Deleted)')).toEqual(['{tag} OK Done']);
  expect(() => run('STORE 1 LABELS (x)')).toThrow(BadCommand);
  const many = Array.from({ length: 40 }, (_, number) => `k${number}`).join(' ');
  expect(run(`STORE 2 FLAGS (${many})`)[0]).toBe('* 2 FETCH (FLAGS (\\Deleted))');
});

test('EXPUNGE removes what is marked and tells it; another session hears of it when it may', () => {
  const { run, session } = prepare();
  const other = session();
  run('SELECT INBOX');
  other('SELECT INBOX');
  run('STORE 1,2 +FLAGS.SILENT \\Deleted');
  expect(run('EXPUNGE')).toEqual(['* 2 EXPUNGE', '* 1 EXPUNGE', '{tag} OK Done']);
  expect(other('FETCH 3 UID')).toEqual([
    '* 3 FETCH (UID 3)',
    '* 1 FETCH (UID 1 FLAGS (\\Deleted))',
    '* 2 FETCH (UID 2 FLAGS (\\Deleted))',
    '{tag} OK Done',
  ]);
  expect(other('NOOP')).toEqual(['* 2 EXPUNGE', '* 1 EXPUNGE', '{tag} OK Done']);
});

test('a folder that was opened for reading stays as it is', () => {
  const { run, mailbox } = prepare();
  mailbox.setFlags('INBOX', 1, ['\\Deleted']);
  run('EXAMINE INBOX');
  expect(run('STORE 2 FLAGS \\Seen')[0]).toMatch(/^\{tag\} NO \[READ-ONLY\]/);
  expect(run('EXPUNGE')[0]).toMatch(/^\{tag\} NO \[READ-ONLY\]/);
  run('CLOSE');
  expect(mailbox.folder('INBOX')?.messages).toHaveLength(3);
});

test('CLOSE removes without a word, UNSELECT leaves all', () => {
  const { run, mailbox } = prepare();
  run('SELECT INBOX');
  run('STORE 1 FLAGS.SILENT \\Deleted');
  expect(run('UNSELECT')).toEqual(['{tag} OK Done']);
  expect(mailbox.folder('INBOX')?.messages).toHaveLength(3);
  run('SELECT INBOX');
  expect(run('CLOSE')).toEqual(['{tag} OK Done']);
  expect(mailbox.folder('INBOX')?.messages).toHaveLength(2);
});

test('SEARCH by number and by UID', () => {
  const { run, mailbox } = prepare();
  mailbox.expunge('INBOX', new Set([1]));
  run('SELECT INBOX');
  expect(run('SEARCH UID 3')).toEqual(['* SEARCH 2', '{tag} OK Done']);
  expect(run('UID SEARCH 2')).toEqual(['* SEARCH 3', '{tag} OK Done']);
  expect(run('SEARCH FLAGGED')).toEqual(['* SEARCH', '{tag} OK Done']);
});

test('COPY takes flags along, and needs a folder to go to', () => {
  const { run, mailbox } = prepare();
  run('SELECT INBOX');
  run('STORE 2 FLAGS.SILENT \\Flagged');
  expect(run('UID COPY 2:3 Trash')).toEqual(['{tag} OK Done']);
  expect(mailbox.folder('Trash')?.messages.map(({ flags }) => [...flags])).toEqual([['\\Flagged'], []]);
  expect(run('COPY 1 Nowhere')[0]).toMatch(/^\{tag\} NO \[TRYCREATE\]/);
});

test.each(['FLY', 'UID FLY 1', 'constructor', 'FETCH', 'FETCH x UID', 'SELECT', 'CHECK2'])(
  '%s is not known',
  (line) => {
    const { run } = prepare();
    run('SELECT INBOX');
    expect(() => run(line)).toThrow(BadCommand);
  },
);
