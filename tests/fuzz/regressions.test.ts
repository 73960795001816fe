/** What the fuzzer found, each as the shortest session that shows it. */

import { expect, test } from 'vitest';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { patienceSeconds } from '../support/patience.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { fuzz } from './child.ts';

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });
const signIn = `AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}\r\n`;

async function stage(signedIn: NonNullable<FakeUpstreamOptions['signedIn']>, protocol: LineProtocol = 'smtp') {
  const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity, signedIn });
  const relay = relayTo({ port: upstream.port, protocol, tls: 'implicit' });
  const core = await startCore({ authority, relays: [relay] });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  return { core, client, upstream };
}

test('a client that has said all with its sign-in, and ended its side, gets its answers and a clean end', async () => {
  const { core, client } = await stage(async ({ stream, say, socket }) => {
    const rest = await stream.rest();
    await say(rest);
    socket.end();
  });
  client.send(`${signIn}MAIL FROM:<a@b>\r\nQUIT\r\n`);
  client.finish();
  expect((await client.rest()).toString()).toMatch(/^235 .*\r\nMAIL FROM:<a@b>\r\nQUIT\r\n$/);
  expect(await client.ended).toBe('end');
  expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
});

test('a server that has said all with its answer to the sign-in, and ended, is passed on whole with its end', async () => {
  const { core, client } = await stage(async ({ socket }) => {
    socket.end('421 4.3.2 going down\r\n');
  });
  client.send(signIn);
  expect((await client.rest()).toString()).toMatch(/^235 .*\r\n421 4\.3\.2 going down\r\n$/);
  expect(await client.ended).toBe('end');
  client.finish();
  expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
});

test('a line without measure behind a command that waits for its answer is read to its end', async () => {
  const { core, client } = await stage(async () => {});
  client.send(`NOOP\r\n${'A'.repeat(300_000)}\r\nQUIT\r\n`);
  client.finish();
  const answers = (await client.rest()).toString().split('\r\n');
  expect(answers.map((line) => line.slice(0, 3))).toEqual(['250', '500', '221', '']);
  expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
});

test('half a line behind a wrong password waits for its rest, and goes nowhere when the client leaves', async () => {
  const { core, client, upstream } = await stage(async () => {}, 'pop3');
  client.send('NOOP\r\nUSER user\r\nPASS wrong\r\nhalf');
  expect(await client.line()).toBe('+OK');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.line()).toMatch(/^-ERR/);
  expect(core.events.map(({ event }) => event)).not.toContain('session-closed');
  client.finish();
  expect((await client.rest()).toString()).toBe('');
  expect(await client.ended).toBe('end');
  expect(await core.event('session-closed')).toMatchObject({ ending: 'client-reset' });
  // After the first "no" to a password Postern asks for the server's capabilities.
  expect(upstream.connections[0]?.inside().toString()).toBe('NOOP\r\nUSER user\r\nPASS wrong\r\nCAPA\r\n');
});

/** Where the fuzzer's own sides were at fault: what they say and expect must stay right. */
const ownFaults = [
  ['COMPRESS is no wrong password: behind it nothing is a command', '20261', '11169'],
  ['a server does not sign in who has taken the exchange back', '20261', '16888'],
  ['a client that pipelines takes no earlier answer for the one to its password', '20261', '11392'],
  ['a client whose sign-in failed does not wait for ever for a server that thinks it did not', '20261', '19142'],
  ['an answer too many to CAPA, taken for the one to APOP, offers nothing: bytes flow raw behind it', '1', '195'],
  ['an answer too many to EHLO, taken for the one to AUTH, offers nothing', '31337', '5928'],
  ['a second greeting may be taken for the go-ahead, before the one with an injection is said', '3', '1465'],
  [
    'a port met with STARTTLS alone, which answers TLS at once with garbage, is asked whether it has it',
    '20778',
    '200,235',
  ],
] as const;

test.each(ownFaults)('%s: seed %s, session %s', async (_what, seed, session) => {
  const { code, said } = await fuzz(patienceSeconds * 1000, '--seed', seed, '--session', session);
  expect(code, said).toBe(0);
  expect(said).toMatch(/^0 failures, \d+ s$/m);
});
