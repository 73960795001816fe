import { expect, test } from 'vitest';
import { wantsId } from '../../proxy/protocols/imap-id.ts';
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

const authority = createAuthority();

/** A server that opens no folder for a program that has not said ID, as NetEase's. */
async function netEase(server: string) {
  const heard: string[] = [];
  let introduced = false;
  const { port } = await startFakeUpstream({
    ...{ protocol: 'imap', tls: 'implicit', identity: issue(authority, { names: [server] }) },
    answer(line) {
      const [, verb = ''] = line.split(' ');
      heard.push(line.replace(/^\S+ /, ''));
      if (verb === 'ID') introduced = true;
      if (verb !== 'SELECT') return undefined;
      return introduced ? '{tag} OK [READ-WRITE] done\r\n' : '{tag} NO SELECT Unsafe Login.\r\n';
    },
  });
  const relay = relayTo({ port, protocol: 'imap', tls: 'implicit' }, { server });
  const core = await startCore({ authority, relays: [relay] });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  return { client, heard };
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

test('no other server is told', async () => {
  const { client, heard } = await netEase('imap.example.org');
  await client.imap('a LOGIN user secret');
  expect((await client.imap('b SELECT INBOX')).at(-1)).toMatch(/^b NO/);
  expect(heard.join()).not.toContain('ID (');
});
