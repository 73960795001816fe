/** The computer's clock jumps, by a little or by years, at any moment of a session. */

import { afterEach, expect, test, vi } from 'vitest';
import { protocols } from '../../proxy/contract/index.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { nextAnswer } from '../support/ldap-words.ts';
import { createAuthority, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { toldAtGreeting, welcome } from '../threats/stage.ts';

const day = 86_400_000;
const year = 365 * day;
const around = (milliseconds: number) => ({
  notBefore: new Date(Date.now() - milliseconds),
  notAfter: new Date(Date.now() + milliseconds),
});
const authority = createAuthority(around(30 * year));
const leaf = () => issue(authority, { names: ['localhost'], ...around(2 * day) });

afterEach(() => {
  vi.useRealTimers();
});

/** From now on the wall clock is off by this much; timers and the monotonic clock are unaffected. */
function jump(milliseconds: number): void {
  const to = Date.now() + milliseconds;
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(to);
}

async function coreFor(upstream: FakeUpstream, seconds = 0): Promise<Core> {
  return startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
    settings: { certificateDecisionSeconds: seconds, connectTimeoutSeconds: 60 },
  });
}

const jumps = [
  ['an hour ahead', day / 24],
  ['an hour back', -day / 24],
  ['ten years ahead', 10 * year],
  ['ten years back', -10 * year],
] as const;

test.each(jumps)('%s while a mail program is held: it still is, and the decision counts', async (_what, by) => {
  const identity = selfSigned({ names: ['localhost'], ...around(30 * year) });
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const core = await coreFor(upstream, 600);
  const client = await RawClient.connect(core.port('relay'));
  const { id } = await core.event('certificate-pending');
  while (core.proxy.state.get('questions', id)?.waiting !== 1) await new Promise((resolve) => setImmediate(resolve));
  jump(by);
  // Another program meets the same certificate, by the new clock, and is held as well.
  const other = await RawClient.connect(core.port('relay'));
  while (core.proxy.state.get('questions', id)?.waiting !== 2) await new Promise((resolve) => setImmediate(resolve));
  expect([client.received.length, other.received.length]).toEqual([0, 0]);
  await core.proxy.commands.approve({ id, remember: 'always' });
  for (const one of [client, other]) {
    expect(await one.line()).toMatch(welcome.pop3);
    one.reset();
  }
  await core.stop();
});

test.each(jumps)('%s during a session: it goes on, and the next one is judged by the new clock', async (_what, by) => {
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity: leaf() });
  const core = await coreFor(upstream);
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(welcome.pop3);
  jump(by);
  expect(await client.pop3('USER user')).toMatch(/^\+OK/);
  expect(await client.pop3('PASS secret')).toMatch(/^\+OK/);
  expect(await client.pop3('NOOP')).toMatch(/^\+OK/);
  const next = await RawClient.connect(core.port('relay'));
  const line = await next.line();
  if (Math.abs(by) < day) {
    expect(line).toMatch(welcome.pop3);
  } else {
    expect(line).toMatch(toldAtGreeting.pop3);
    const [question] = core.proxy.state.all('questions');
    expect(question?.problems).toEqual([by > 0 ? 'expired' : 'not-yet-valid']);
    vi.useRealTimers();
    const again = await RawClient.connect(core.port('relay'));
    expect(await again.line()).toMatch(welcome.pop3);
    again.reset();
  }
  for (const one of [client, next]) one.reset();
  await core.stop();
});

test.each(jumps)('%s while a server is silent: the deadline comes neither sooner nor later', async (_what, by) => {
  const waiting = protocols.map(async (protocol) => {
    const upstream = await startFakeUpstream({
      protocol,
      tls: 'implicit',
      identity: leaf(),
      handshake: { reply: { instead: 'silence' } },
    });
    const core = await startCore({
      authority,
      relays: [relayTo({ port: upstream.port, protocol, tls: 'implicit' })],
      settings: { connectTimeoutSeconds: 1 },
    });
    const begun = performance.now();
    const client = await RawClient.connect(core.port('relay'));
    if (protocol === 'ldap') client.send(simpleBind(7, 'user', 'secret'));
    await upstream.connection(0);
    return { protocol, core, client, begun };
  });
  const attempts = await Promise.all(waiting);
  jump(by);
  for (const { protocol, client, begun } of attempts) {
    if (protocol === 'ldap') expect(await nextAnswer(client)).toMatchObject({ id: 7, code: 52 });
    else expect(await client.line()).toMatch(toldAtGreeting[protocol]);
    expect(performance.now() - begun).toBeGreaterThan(900);
    client.finish();
  }
  vi.useRealTimers();
  for (const { core } of attempts) await core.stop();
});
