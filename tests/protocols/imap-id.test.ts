import { describe, expect, test } from 'vitest';
import { greetingWantsId, wantsId } from '../../proxy/protocols/imap-id.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

test.each(['imap.163.com', 'IMAP.126.com', 'imap.vip.163.com', 'imap.yeah.net', 'imap.qq.com', 'imap.exmail.qq.com.'])(
  '%s wants to know which program speaks',
  (server) => expect(wantsId(server)).toBe(true),
);

test.each(['imap.gmail.com', 'mail.163.com.example', 'pop.163.com', 'imap.163.company', 'imapx163.com', ''])(
  '%s does not',
  (server) => expect(wantsId(server)).toBe(false),
);

test.each([
  ['* OK Coremail System IMap Server Ready(163com[10774b260cc7a37d26d71b52404dcf5c])', true],
  ['* OK [CAPABILITY IMAP4rev1] coremail ready', true],
  ['* OK Dovecot ready.', false],
  ['* OK IMAP4 ready', false],
])('%s', (line, wants) => expect(greetingWantsId(line)).toBe(wants));

const authority = createAuthority();

type Demands = { at: 'SELECT' | 'LOGIN' | 'AUTHENTICATE'; words?: string; greeting?: string };

/** A server that opens no folder, or refuses sign-in, for a client that has not sent ID. */
async function netEase(server: string, { at, words = `${at} Unsafe Login.`, greeting }: Demands = { at: 'SELECT' }) {
  const heard: string[] = [];
  let introduced = false;
  const { port } = await startFakeUpstream({
    ...{ protocol: 'imap', tls: 'implicit', identity: issue(authority, { names: [server] }) },
    ...(greeting === undefined ? {} : { inside: { greeting } }),
    answer(line) {
      const [, verb = ''] = line.split(' ');
      heard.push(line.replace(/^\S+ /, ''));
      if (verb === 'ID') introduced = true;
      if (verb === at && !introduced) return `{tag} NO ${words}\r\n`;
      return verb === 'SELECT' ? '{tag} OK [READ-WRITE] done\r\n' : undefined;
    },
  });
  const relay = relayTo({ port, protocol: 'imap', tls: 'implicit' }, { server });
  const core = await startCore({ authority, relays: [relay] });
  const connect = async () => {
    introduced = false;
    heard.length = 0;
    const client = await RawClient.connect(core.port('relay'));
    await client.line();
    return client;
  };
  const said = () => heard.filter((line) => !/^(?:CAPABILITY|LOGOUT)/.test(line));
  return { core, client: await connect(), connect, heard, said };
}

test('an old program, which says nothing of itself, opens its folder there: Postern says ID for it, unseen', async () => {
  const { client, heard } = await netEase('imap.163.com');
  const login = await client.imap('a LOGIN user secret');
  expect(login).toEqual([expect.stringMatching(/^a OK/)]);
  expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b OK/);
  expect(heard.filter((line) => !line.startsWith('CAPABILITY'))).toEqual([
    'ID ("name" "Postern")',
    'LOGIN user secret',
    'SELECT INBOX',
  ]);
});

test('a program that says ID itself speaks for itself', async () => {
  const { client, heard } = await netEase('imap.163.com');
  expect((await client.imap('a ID ("name" "Old")')).at(-1)).toMatch(/^a OK/);
  await client.imap('b LOGIN user secret');
  expect(heard.filter((line) => line.startsWith('ID'))).toEqual(['ID ("name" "Old")']);
});

test('no other server is told by itself', async () => {
  const { client, heard } = await netEase('imap.example.org');
  await client.imap('a LOGIN user secret');
  expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b NO/);
  expect(heard.join()).not.toContain('ID (');
});

describe('a server that asks for it', () => {
  const ours = 'ID ("name" "Postern")';

  test.each(['Please send ID command first', 'Unsafe Login', '[ALERT] RFC2971 identification required'])(
    'in its answer to LOGIN (%s) is told, and asked once more; then at once',
    async (words) => {
      const { client, connect, said } = await netEase('imap.company.example', { at: 'LOGIN', words });
      expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
      expect(said()).toEqual(['LOGIN user secret', ours, 'LOGIN user secret']);
      const next = await connect();
      expect((await next.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
      expect(said()).toEqual([ours, 'LOGIN user secret']);
    },
  );

  test('in its answer to AUTHENTICATE is told; the mail program tries again by itself', async () => {
    const { client, said } = await netEase('imap.company.example', { at: 'AUTHENTICATE' });
    const plain = `AUTHENTICATE PLAIN ${Buffer.from('\0user\0secret').toString('base64')}`;
    expect((await client.imap(`a ${plain}`)).at(-1)).toMatch(/^a NO/);
    expect((await client.imap(`b ${plain}`)).at(-1)).toMatch(/^b OK/);
    expect(said()).toEqual([plain, ours, plain]);
  });

  test('and says no for another reason then is asked no third time', async () => {
    const { client, said } = await netEase('imap.company.example', { at: 'LOGIN' });
    expect((await client.imap('a LOGIN user wrong')).at(-1)).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/);
    expect(said()).toEqual(['LOGIN user wrong', ours, 'LOGIN user wrong']);
  });

  test('in its answer to the check: it fails, says so, and the next session goes well', async () => {
    const { core, connect, said } = await netEase('imap.company.example');
    const check = () => core.proxy.commands.check({ user: 'user', password: 'secret' });
    expect((await check()).relays[0]?.diagnosis?.code).toBe('id-wanted');
    const client = await connect();
    await client.imap('a LOGIN user secret');
    expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b OK/);
    expect(said()).toEqual([ours, 'LOGIN user secret', 'SELECT INBOX']);
    expect((await check()).outcome).toBe('ok');
  });

  test('by greeting as Coremail is told at once', async () => {
    const greeting = '* OK Coremail System IMap Server Ready(company[1077])\r\n';
    const { client, said } = await netEase('imap.company.example', { at: 'SELECT', greeting });
    await client.imap('a LOGIN user secret');
    expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b OK/);
    expect(said()[0]).toBe(ours);
  });
});
