/** What the fuzzer found, each as the shortest story that shows it. */
import { expect, test } from 'vitest';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });
const signIn = `AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}\r\n`;

async function stage(signedIn: NonNullable<FakeUpstreamOptions['signedIn']>) {
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity, signedIn });
  const relay = relayTo({ port: upstream.port, protocol: 'smtp', tls: 'implicit' });
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
