import { describe, expect, test } from 'vitest';
import { copyWithMutt, fetchWithCurl, fetchWithFetchmail, fetchWithPython } from '../support/mail-programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { practise } from './support.ts';

const core = await practise();
const port = core.port('practice-pop3');
const { user, password } = core.account;
const welcome = 'Subject: It works';

async function signedIn() {
  const client = await RawClient.connect(port);
  await client.line();
  await client.pop3(`USER ${user}`);
  expect(await client.pop3(`PASS ${password}`)).toMatch(/^\+OK/);
  return client;
}

/** Puts a message into the mailbox by IMAP, unchanged. */
async function append(message: string): Promise<void> {
  const client = await RawClient.connect(core.port('practice-imap'));
  await client.line();
  await client.imap(`a LOGIN ${user} ${password}`);
  client.send(`b APPEND INBOX {${message.length}+}\r\n${message}\r\n`);
  expect((await client.imapReply('b')).at(-1)).toBe('b OK Done');
  await client.imap('c LOGOUT');
}

describe('real mail programs read it, through Postern', () => {
  test.each([
    ['poplib', () => fetchWithPython('pop3', port, core.user)],
    ['curl', () => fetchWithCurl('pop3', port, core.user, [1])],
    ['fetchmail', () => fetchWithFetchmail('pop3', port, core.user)],
  ])('%s', async (_, fetch) => {
    const messages = await fetch();
    expect(messages).toHaveLength(1);
    expect(messages[0]?.toString()).toContain(welcome);
  });

  test('mutt', async () => {
    expect(await copyWithMutt('pop', port, core.user)).toContain(welcome);
  });
});

test('lines that begin with a dot come through, and TOP gives as many lines as asked for', async () => {
  const lines = ['a: b', '', '.', '..dots', 'three', 'four'];
  await append(`${lines.join('\r\n')}\r\n`);
  const client = await signedIn();
  expect((await client.pop3Lines('RETR 2')).slice(1)).toEqual(lines);
  expect((await client.pop3Lines('TOP 2 2')).slice(1)).toEqual(lines.slice(0, 4));
  expect((await client.pop3Lines('TOP 2 0')).slice(1)).toEqual(['a: b', '']);
  expect(await client.pop3('STAT')).toMatch(/^\+OK 2 \d+$/);
  expect(await client.pop3('LIST 2')).toBe('+OK 2 32');
  expect(await client.pop3Lines('LIST')).toHaveLength(3);
});

test('identifiers stay the same from session to session, and differ', async () => {
  const [one, other] = [await signedIn(), await signedIn()];
  const identifiers = await one.pop3Lines('UIDL');
  expect(new Set(identifiers).size).toBe(identifiers.length);
  expect(await other.pop3Lines('UIDL')).toEqual(identifiers);
  expect(await other.pop3('UIDL 1')).toBe(`+OK ${identifiers[1]}`);
});

test('deleted is deleted at QUIT, not before, and not after RSET', async () => {
  await append('a: c\r\n\r\nd');
  const client = await signedIn();
  const count = (await client.pop3Lines('LIST')).length - 1;
  expect(await client.pop3(`DELE ${count}`)).toMatch(/^\+OK/);
  expect(await client.pop3(`RETR ${count}`)).toMatch(/^-ERR/);
  expect(await client.pop3('RSET')).toMatch(/^\+OK/);
  expect(await client.pop3(`LIST ${count}`)).toMatch(/^\+OK/);
  await client.pop3(`DELE ${count}`);
  expect(await client.pop3('QUIT')).toMatch(/^\+OK/);
  expect(await (await signedIn()).pop3(`LIST ${count}`)).toMatch(/^-ERR/);
});

test('AUTH PLAIN, in one step or two', async () => {
  const blob = btoa(`\0${user}\0${password}`);
  for (const words of [`AUTH PLAIN ${blob}`, 'AUTH PLAIN']) {
    const client = await RawClient.connect(port);
    await client.line();
    let answer = await client.pop3(words);
    if (answer.startsWith('+ ')) answer = await client.pop3(blob);
    expect(answer).toMatch(/^\+OK/);
  }
});

test.each(['RETR 99', 'TOP 1', 'TOP 1 x', 'DELE x', 'LIST 0', 'FLY'])('%s gets an error', async (command) => {
  expect(await (await signedIn()).pop3(command)).toMatch(/^-ERR/);
});

test('a wrong password is told as that; commands that are none end it', async () => {
  const client = await RawClient.connect(port);
  await client.line();
  await client.pop3(`USER ${user}`);
  expect(await client.pop3('PASS wrong')).toBe('-ERR [AUTH] That is not the practice account');
  const other = await signedIn();
  for (let number = 0; number < 20; number += 1) await other.pop3('FLY');
  other.send('FLY\r\n');
  expect((await other.rest()).toString()).toContain('That was too much');
});
