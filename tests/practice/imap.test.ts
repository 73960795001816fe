import { ImapFlow } from 'imapflow';
import { describe, expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { copyWithMutt, fetchWithCurl, fetchWithFetchmail, fetchWithPython } from '../support/mail-programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { practise } from './support.ts';

const core = await practise();
const port = core.port('practice-imap');
const { user, password } = core.account;
const welcome = 'Subject: It works';

describe('real mail programs read it, through Postern', () => {
  test.each([
    ['imaplib', () => fetchWithPython('imap', port, core.user)],
    ['curl', () => fetchWithCurl('imap', port, core.user, [1])],
    ['fetchmail', () => fetchWithFetchmail('imap', port, core.user)],
  ])('%s', async (_, fetch) => {
    const messages = await fetch();
    expect(messages).toHaveLength(1);
    expect(messages[0]?.toString()).toContain(welcome);
  });

  test('mutt', async () => {
    expect(await copyWithMutt('imap', port, core.user)).toContain(welcome);
  });

  test('imapflow: envelope, structure, folders, append, copy, flags, search, and news while idle', async () => {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, logger: false },
      auth: { user, pass: password },
    });
    atEnd(() => client.close());
    await client.connect();
    expect((await client.list()).map(({ path, specialUse }) => [path, specialUse])).toEqual([
      ['INBOX', '\\Inbox'],
      ['Sent', '\\Sent'],
      ['Drafts', '\\Drafts'],
      ['Trash', '\\Trash'],
    ]);
    const lock = await client.getMailboxLock('INBOX');
    const first = await client.fetchOne('1', { envelope: true, bodyStructure: true, flags: true, size: true });
    if (!first) throw new Error('there is no message');
    expect(first.envelope?.from?.[0]).toMatchObject({ name: 'Postern', address: 'postern@practice.localhost' });
    expect(first.bodyStructure?.type).toBe('text/plain');
    const { content } = await client.download('1', '1');
    let text = '';
    for await (const chunk of content ?? []) text += chunk;
    expect(text).toContain('If you can read this');

    const heard = new Promise<number>((resolve) => client.on('exists', ({ count }) => resolve(count)));
    // In IDLE by the time that the other session appends; otherwise it would only learn of it at the next command.
    void client.idle();
    const other = await RawClient.connect(port);
    await other.line();
    await other.imap(`a LOGIN ${user} ${password}`);
    other.send('b APPEND INBOX {9}\r\n');
    expect(await other.line()).toMatch(/^\+/);
    other.send('a: b\r\n\r\nc\r\n');
    expect((await other.imapReply('b')).at(-1)).toBe('b OK Done');
    expect(await heard).toBe(2);

    await client.messageFlagsAdd('2', ['\\Flagged']);
    expect(await client.search({ flagged: true })).toEqual([2]);
    await client.messageCopy('2', 'Sent');
    expect(await client.status('Sent', { messages: true })).toMatchObject({ messages: 1 });
    await client.messageDelete('2');
    expect(await client.status('INBOX', { messages: true })).toMatchObject({ messages: 1 });
    lock.release();
    await client.logout();
  });
});

describe('what it does not take', () => {
  async function greeted() {
    const client = await RawClient.connect(port);
    await client.line();
    return client;
  }

  test('a wrong password, and says that it was that', async () => {
    const client = await greeted();
    expect(await client.imap(`a LOGIN ${user} wrong`)).toEqual([
      'a NO [AUTHENTICATIONFAILED] That is not the practice account',
    ]);
    expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b (?:BAD|NO)/);
    expect((await client.imap(`c AUTHENTICATE PLAIN ${btoa(`\0${user}\0${password}`)}`)).at(-1)).toBe('c OK Welcome');
  });

  test('commands that are none, without end', async () => {
    const client = await greeted();
    await client.imap(`a LOGIN ${user} ${password}`);
    for (let number = 0; number < 20; number += 1)
      expect((await client.imap(`b${number} FLY`)).at(-1)).toContain('BAD');
    client.send('c FLY\r\n');
    expect((await client.rest()).toString()).toContain('* BYE');
  });

  test('a message larger than it has room for', async () => {
    const client = await greeted();
    await client.imap(`a LOGIN ${user} ${password}`);
    expect(await client.imap('b APPEND INBOX {99999999}')).toEqual([
      'b BAD That is more than the practice account takes',
    ]);
    client.send('c APPEND INBOX {99999999+}\r\n');
    expect((await client.rest()).toString()).toContain('* BYE');
  });
});
