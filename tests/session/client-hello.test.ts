/** A ClientHello larger than one packet, and servers and boxes that cannot handle it. */

import type { TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TlsMode } from '../../proxy/contract/index.ts';
import { helloFor, patience, rememberHello } from '../../proxy/session/client-hello.ts';
import type { ServerNeeds } from '../../proxy/trust/decisions/server-memory.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type HelloBox, startHelloBox, type WithLargeHello } from '../support/hello-box.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

interface Stage {
  core: Core;
  box: HelloBox;
  upstream: FakeUpstream;
}

async function stage(
  withLarge: WithLargeHello,
  {
    protocol = 'smtp',
    mode = 'starttls',
    own = identity,
    settings = {},
    tlsOptions = {},
  }: {
    protocol?: LineProtocol;
    mode?: TlsMode;
    own?: Identity;
    settings?: { connectTimeoutSeconds?: number; certificateDecisionSeconds?: number };
    tlsOptions?: TlsOptions;
  } = {},
): Promise<Stage> {
  const upstream = await startFakeUpstream({ protocol, tls: mode, identity: own, tlsOptions });
  const box = await startHelloBox(upstream.port, withLarge);
  const core = await startCore({ authority, relays: [relayTo({ port: box.port, protocol, tls: mode })], settings });
  return { core, box, upstream };
}

async function greeting({ core }: Stage): Promise<string> {
  const client = await RawClient.connect(core.port('relay'));
  return client.line();
}

const sizes = ({ box }: Stage) => box.hellos.map((size) => (size > 1_300 ? 'large' : 'small'));

test('this library sends a large one, and the small one fits into one packet', async () => {
  const open = await stage('pass');
  expect(await greeting(open)).toMatch(/^220 /);
  expect(sizes(open)).toEqual(['large']);
  const shut = await stage('reset');
  await greeting(shut);
  expect(shut.box.hellos[1]).toBeLessThan(1_000);
});

describe('a server that cannot bear the large one is reached by a small one, at once the next time', () => {
  test.each<[string, WithLargeHello, LineProtocol, TlsMode]>([
    ['silent, STARTTLS', 'swallow', 'smtp', 'starttls'],
    ['silent, TLS from the first byte', 'swallow', 'imap', 'implicit'],
    ['a box that drops the second packet', 'second-packet', 'pop3', 'implicit'],
    ['a box that drops the second packet, STLS', 'second-packet', 'pop3', 'starttls'],
    ['a reset', 'reset', 'imap', 'starttls'],
    ['an end', 'end', 'smtp', 'implicit'],
    ['an alert', 'alert', 'imap', 'implicit'],
  ])('%s', async (_, withLarge, protocol, mode) => {
    const stood = await stage(withLarge, { protocol, mode });
    expect(await greeting(stood)).toMatch(/^(?:220 |\* OK|\+OK)/);
    expect(sizes(stood)).toEqual(['large', 'small']);
    expect(await greeting(stood)).toMatch(/^(?:220 |\* OK|\+OK)/);
    expect(sizes(stood)).toEqual(['large', 'small', 'small']);
  });

  test('within one time-out, also where that is short', async () => {
    const stood = await stage('swallow', { settings: { connectTimeoutSeconds: 3 } });
    expect(await greeting(stood)).toMatch(/^220 /);
  });
});

test('versions, ciphers and the judgement are the same for it', async () => {
  const old = await stage('reset', {
    tlsOptions: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  });
  expect(await greeting(old)).toMatch(/^421 /);
  const stranger = await stage('swallow', { own: selfSigned({ names: ['localhost'] }) });
  expect(await greeting(stranger)).toMatch(/^421 .*The certificate of/);
  expect(stranger.core.proxy.state.all('questions')).toMatchObject([{ problems: ['self-signed'], timesMet: 1 }]);
});

test('an honest slow server is reached by the large one as soon as it answers, though a small one is on its way', async () => {
  let answer = () => {};
  const hold = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'starttls', identity });
  const box = await startHelloBox(upstream.port, { hold }, 'swallow');
  const core = await startCore({ authority, relays: [relayTo({ port: box.port, protocol: 'smtp', tls: 'starttls' })] });
  const client = await RawClient.connect(core.port('relay'));
  await box.came(2);
  answer();
  expect(await client.line()).toMatch(/^220 /);
  // The large one does work: nothing to the contrary is remembered.
  const next = await RawClient.connect(core.port('relay'));
  expect(await next.line()).toMatch(/^220 /);
  expect(box.hellos.map((size) => size > 1_300)).toEqual([true, false, true]);
});

test('a server that bears neither is told as what it did with the first', async () => {
  const upstream = await startFakeUpstream({
    ...{ protocol: 'imap', tls: 'implicit', identity },
    handshake: { reply: { instead: 'reset' } },
  });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'imap', tls: 'implicit' })],
  });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/hung up/);
  expect(upstream.connections).toHaveLength(2);
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('upstream-closed');
});

test('what fails for another reason is not tried again', async () => {
  const upstream = await startFakeUpstream({
    protocol: 'imap',
    tls: 'implicit',
    identity: issue(authority, { names: ['other.test'] }),
  });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'imap', tls: 'implicit' })],
  });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/^\* BYE /);
  expect(upstream.connections).toHaveLength(1);
});

test.each([
  ['a fast server leaves three seconds', 100, 15_000, 3_000],
  ['a short time-out is shared', 0, 1_000, 500],
  ['a greeting that took six seconds will take them again', 6_000, 15_000, 1_500],
  ['where no second attempt fits, it is begun all the same', 8_000, 15_000, 0],
])('%s', (_, elapsed, timeout, expected) => expect(patience(elapsed, timeout)).toBe(expected));

test('a server is remembered for a day, and no longer than that whatever the clock was', () => {
  const needs: ServerNeeds = {};
  const server = { server: 'mail.test', port: 587 };
  const memory = { needs: () => needs, sawNeeds: (_: unknown, saw: object) => void Object.assign(needs, saw) };
  const at = (time: string) => helloFor(server, memory, Date.parse(time));
  expect(at('2026-11-21T12:00:00Z')).toBe('usual');
  rememberHello(server, 'one-packet', memory, Date.parse('2026-11-21T12:00:00Z'));
  expect(at('2026-11-22T11:59:59Z')).toBe('one-packet');
  expect(at('2026-11-22T12:00:00Z')).toBe('usual');
  expect(at('2026-11-20T12:00:00Z')).toBe('usual');
  rememberHello(server, 'usual', memory, Date.parse('2026-11-22T12:00:00Z'));
  expect(needs.onePacketUntil).toBeUndefined();
});

test('over a restart it is reached by the small one at once', async () => {
  const stood = await stage('swallow');
  await greeting(stood);
  await stood.core.stop();
  const { port } = stood.box;
  const again = await startCore({
    authority,
    dataDirectory: stood.core.dataDirectory,
    relays: [relayTo({ port, protocol: 'smtp', tls: 'starttls' }, { server: 'LOCALHOST.' })],
  });
  const client = await RawClient.connect(again.port('relay'));
  expect(await client.line()).toMatch(/^220 /);
  expect(sizes(stood)).toEqual(['large', 'small', 'small']);
});
