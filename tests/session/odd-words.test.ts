/**
 * Servers' odd words inside verified TLS, each met in the field: where the boundaries between messages are clear, a
 * mail program gets through Postern what it gets directly, except for line ends and blanks.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

async function meet(protocol: LineProtocol, options: Partial<FakeUpstreamOptions>): Promise<RawClient> {
  const { port } = await startFakeUpstream({ protocol, tls: 'implicit', identity, ...options });
  const core = await startCore({ authority, relays: [relayTo({ port, protocol, tls: 'implicit' })] });
  return RawClient.connect(core.port('relay'));
}

/** Answers the commands with these verbs, and leaves the others to the script. */
const answering =
  (answers: Record<string, string>): NonNullable<FakeUpstreamOptions['answer']> =>
  (line) => {
    const words = line.toUpperCase().split(' ');
    const verb = words.find((word) => Object.hasOwn(answers, word));
    return verb === undefined ? undefined : answers[verb];
  };

describe('IMAP', () => {
  test.each([
    ['no text', '* OK'],
    ['small letters', '* ok ready'],
    ['a trailing blank', '* OK ready '],
    ['an alert in place of capabilities', '* OK [ALERT] System shutdown in 10 minutes'],
    ['square brackets that are no code', '* OK Coremail System IMap Server Ready(163com[8db726ec])'],
    ['bytes above ASCII', '* OK Bienvenue \xe0 tous'],
    // DavMail and others pad with blanks.
    ['two blanks', '*  OK ready'],
    ['two blanks behind the status', '* OK  ready'],
  ])('greets with %s', async (_, greeting) => {
    const client = await meet('imap', { inside: { greeting: `${greeting}\r\n` } });
    expect(await client.line()).toBe(greeting.replace('*  ', '* '));
    expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  });

  test.each([
    ['no text', '{tag} OK\r\n', /^a OK$/],
    ['small letters', '{tag} ok done\r\n', /^a ok done$/],
    ['two blanks behind the tag', '{tag}  OK done\r\n', /^a OK done$/],
    ['capabilities in a line of their own', '* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n', /^a OK done$/],
    ['capabilities with a blank at the end', '* CAPABILITY IMAP4rev1 \r\n{tag} OK done\r\n', /^a OK done$/],
    ['padded data before it', '*  5 EXISTS\r\n{tag} OK done\r\n', /^a OK done$/],
    ['an untagged OK before it', '* OK hold on\r\n{tag} OK done\r\n', /^a OK done$/],
    ['an alert', '{tag} OK [ALERT] Please enable IMAP access in your account settings first.\r\n', /^a OK \[ALERT\]/],
  ])('answers LOGIN with %s', async (_, answer, heard) => {
    const client = await meet('imap', { answer: answering({ LOGIN: answer }) });
    await client.line();
    expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(heard);
    expect((await client.imap('b NOOP')).at(-1)).toMatch(/^b /);
  });
});

describe('POP3', () => {
  test.each([
    ['no text', '+OK'],
    ['small letters', '+ok ready'],
    ['no blank', '+OK, ready'],
    ['a stamp in the middle', '+OK POP3 ready <1896.697170952@dbc.example> hello'],
  ])('greets with %s', async (_, greeting) => {
    const client = await meet('pop3', { inside: { greeting: `${greeting}\r\n` } });
    expect(await client.line()).toBe(greeting);
    await client.pop3('USER user');
    expect(await client.pop3('PASS secret')).toMatch(/^\+OK/i);
  });

  test.each([
    ['no text', '-ERR'],
    ['small letters', '-err no such user'],
    ['a colon', '-ERR: authentication failed'],
    // hMailServer, where the inbox cannot be read.
    ['a plus in front', '+ERR Server error: Failed to fetch messages in Inbox.'],
  ])('turns PASS down with %s: it is heard, and the program may try again', async (_, answer) => {
    const client = await meet('pop3', { answer: answering({ PASS: `${answer}\r\n` }) });
    await client.line();
    await client.pop3('USER user');
    expect(await client.pop3('PASS wrong')).toBe(answer);
    expect(await client.pop3('USER user')).toMatch(/^\+OK/);
  });
});

describe('SMTP', () => {
  test.each([
    ['a code alone', '220'],
    ['lines without text', '220-\r\n220'],
    ['bytes above ASCII', '220 mail.example Gr\xfc\xdfe'],
  ])('greets with %s', async (_, greeting) => {
    const client = await meet('smtp', { inside: { greeting: `${greeting}\r\n` } });
    expect((await client.smtpReply()).join('\r\n')).toBe(greeting);
    expect((await client.smtp('EHLO old')).at(-1)).toMatch(/^250/);
  });

  test.each([
    ['challenges without a blank', { AUTH: '334\r\n' }, /^334$/],
    ['a code alone', { AUTH: '235\r\n' }, /^235$/],
    ['a failure in the words of a success', { AUTH: '235 auth failure\r\n' }, /^235 auth failure$/],
  ])('answers AUTH with %s', async (_, answers, heard) => {
    const client = await meet('smtp', { answer: answering(answers) });
    await client.smtpReply();
    await client.smtp('EHLO old');
    expect((await client.smtp('AUTH LOGIN')).at(-1)).toMatch(heard);
  });

  test.each([
    ['small letters', '250-mail.example\r\n250-auth login plain\r\n250 size\r\n', /auth login plain/],
    ['a last line without text', '250-mail.example\r\n250-AUTH LOGIN\r\n250\r\n', /AUTH LOGIN/],
    ['blanks at ends', '250-mail.example \r\n250-AUTH LOGIN \r\n250 SIZE \r\n', /AUTH LOGIN/],
    ['its keyword twice', '250-mail.example\r\n250-AUTH LOGIN\r\n250 AUTH=LOGIN\r\n', /AUTH LOGIN/],
  ])('answers EHLO with %s', async (_, answer, heard) => {
    const client = await meet('smtp', { answer: answering({ EHLO: answer }) });
    await client.smtpReply();
    expect((await client.smtp('EHLO old')).join('\n')).toMatch(heard);
    expect((await client.smtp(`AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}`)).at(-1)).toMatch(
      /^235/,
    );
  });
});
