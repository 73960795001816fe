/**
 * The certificate question from the mail program's side: one question for all, an answer while it waits, and one
 * afterwards.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue, keyPair, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

let authority: Identity;
let verifiable: Identity;
beforeAll(() => {
  authority = createAuthority();
  verifiable = issue(authority, { names: ['localhost'] });
});

const stranger = (more = {}) => selfSigned({ names: ['localhost'], ...more });
const upstreamWith = (identity: Identity) => startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });

async function coreFor(upstream: FakeUpstream, options: { dataDirectory?: string; seconds?: number } = {}) {
  const { dataDirectory, seconds = 60 } = options;
  return startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
    settings: { certificateDecisionSeconds: seconds },
    ...(dataDirectory ? { dataDirectory } : {}),
  });
}

/** Connects, and returns the first line. */
async function greeting(core: Core): Promise<string> {
  return (await RawClient.connect(core.port('relay'))).line();
}

/** From the next connection on, the server presents another certificate. */
function replace(upstream: FakeUpstream, identity: Identity): void {
  for (const { options } of upstream.connections) options.identity = identity;
}

const refused = /^-ERR \[SYS\/TEMP\] Postern: /;

test('ten programs that meet the same certificate are one question, and one answer lets all go on', async () => {
  const core = await coreFor(await upstreamWith(stranger()));
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(core.port('relay'))));
  const { id, offers, problems } = await core.event('certificate-pending');
  expect({ offers, problems }).toEqual({ offers: ['reject', 'once', 'always'], problems: ['self-signed'] });
  while (core.proxy.state.get('questions', id)?.waiting !== 10) await new Promise((resolve) => setImmediate(resolve));
  expect(core.proxy.state.all('sessions').map(({ phase }) => phase)).toEqual(
    Array.from({ length: 10 }, () => 'waiting-for-decision'),
  );
  await core.proxy.commands.approve({ id, remember: 'once' });
  for (const client of clients) expect(await client.line()).toMatch(/^\+OK/);
  expect(core.events.filter(({ event }) => event === 'certificate-pending')).toHaveLength(1);
  expect(core.proxy.state.all('sessions').map(({ protection }) => protection?.trust)).toEqual(
    Array.from({ length: 10 }, () => ({ kind: 'trusted-by-you', decision: id })),
  );
});

test('once ends with Postern, always survives it, a rejection too until it is forgotten', async () => {
  const dataDirectory = join(scratchDirectory('decisions'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  const upstream = await upstreamWith(stranger());
  const restart = async (core: Core | null) => {
    await core?.proxy.stop(0);
    return coreFor(upstream, { dataDirectory, seconds: 0 });
  };
  let core = await restart(null);
  expect(await greeting(core)).toMatch(refused);
  const { id } = await core.event('certificate-pending');

  await core.proxy.commands.approve({ id, remember: 'once' });
  expect(await greeting(core)).toMatch(/^\+OK/);
  core = await restart(core);
  expect(await greeting(core)).toMatch(refused);

  await core.proxy.commands.approve({ id, remember: 'always' });
  expect(await greeting(core)).toMatch(/^\+OK/);
  core = await restart(core);
  expect(await greeting(core)).toMatch(/^\+OK/);

  await core.proxy.commands.forget({ id });
  expect(await greeting(core)).toMatch(refused);
  await core.proxy.commands.reject({ id });
  core = await restart(core);
  expect(await greeting(core)).toMatch(refused);
  expect(core.events.some(({ event }) => event === 'certificate-pending')).toBe(false);
  expect(core.proxy.state.all('decisions')).toMatchObject([{ id, decision: 'reject' }]);
});

test('an unanswered question is still there after a restart', async () => {
  const dataDirectory = join(scratchDirectory('pending'), 'data');
  const upstream = await upstreamWith(stranger());
  const first = await coreFor(upstream, { dataDirectory, seconds: 0 });
  expect(await greeting(first)).toMatch(refused);
  const { id } = await first.event('certificate-pending');
  await first.proxy.stop(0);
  const second = await coreFor(upstream, { dataDirectory });
  expect(second.proxy.state.get('questions', id)).toMatchObject({ waiting: 0, problems: ['self-signed'] });
  await second.proxy.commands.approve({ id, remember: 'always' });
  expect(await greeting(second)).toMatch(/^\+OK/);
});

describe('when the certificate changes', () => {
  async function trusted(identity: Identity) {
    const upstream = await upstreamWith(identity);
    const core = await coreFor(upstream, { seconds: 0 });
    expect(await greeting(core)).toMatch(refused);
    const { id } = await core.event('certificate-pending');
    await core.proxy.commands.approve({ id, remember: 'always' });
    expect(await greeting(core)).toMatch(/^\+OK/);
    return { upstream, core, id };
  }

  test('another key is asked about again, with both certificates at hand', async () => {
    const before = stranger();
    const { upstream, core, id } = await trusted(before);
    const after = stranger();
    replace(upstream, after);
    expect(await greeting(core)).toMatch(refused);
    const question = core.proxy.state.all('questions')[0];
    expect(question?.id).not.toBe(id);
    expect(question?.problems).toEqual(['self-signed', 'changed']);
    expect(question?.certificate.fingerprint).toBe(after.fingerprint);
    expect(question?.history).toMatchObject({ kind: 'changed', previous: { fingerprint: before.fingerprint } });
    expect(question?.offers).toEqual(['reject', 'once', 'always']);
    await core.proxy.commands.approve({ id: question?.id ?? '', remember: 'always' });
    expect(await greeting(core)).toMatch(/^\+OK/);
  });

  test('the same key with new dates is a renewal', async () => {
    const key = keyPair();
    const { upstream, core } = await trusted(stranger({ key }));
    replace(upstream, stranger({ key, notAfter: new Date(Date.now() + 400 * 86_400_000) }));
    expect(await greeting(core)).toMatch(refused);
    expect(core.proxy.state.all('questions')[0]).toMatchObject({
      history: { kind: 'renewed' },
      problems: ['self-signed'],
      offers: ['reject', 'once', 'always'],
    });
  });

  test('a certificate that verifies by itself is used, and the exception retires', async () => {
    const { upstream, core, id } = await trusted(stranger());
    replace(upstream, verifiable);
    const from = core.events.length;
    expect(await greeting(core)).toMatch(/^\+OK/);
    expect(await core.event('session-verified', () => true, from)).toMatchObject({ trust: 'verified' });
    expect(await core.event('certificate-decided', () => true, from)).toMatchObject({ id, decision: 'retired' });
    expect(core.proxy.state.all('decisions')).toEqual([]);
    expect(core.proxy.state.all('servers')).toMatchObject([{ host: 'localhost' }]);
  });

  test('90: sessions that rest on an exception end when the server proves itself, and no others do', async () => {
    const upstream = await upstreamWith(stranger());
    const { port } = upstream;
    const account = (name: string) => ({
      name,
      relays: [relayTo({ port, protocol: 'pop3', tls: 'implicit' }, { name: `relay ${name}` })],
    });
    const core = await startCore({
      authority,
      accounts: [account('A'), account('B')],
      settings: { certificateDecisionSeconds: 60 },
    });
    const signIn = async (relay: string) => {
      const client = await RawClient.connect(core.port(relay));
      expect(await client.line()).toMatch(/^\+OK/);
      client.send('USER user\r\nPASS secret\r\n');
      for (let answered = 0; answered < 2; answered += 1) expect(await client.line()).toMatch(/^\+OK/);
      return client;
    };
    const trusting = async (name: string) => {
      const client = signIn(`relay ${name}`);
      const { id } = await core.event('certificate-pending', (event) => event.account === name);
      await core.proxy.commands.approve({ id, remember: 'always' });
      return client;
    };
    const resting = [await trusting('A'), await trusting('B')];
    // One that has been greeted, and can still be told in words.
    const greeted = await RawClient.connect(core.port('relay A'));
    expect(await greeted.line()).toMatch(/^\+OK/);
    replace(upstream, verifiable);
    const verified = await signIn('relay A');
    for (const client of resting) expect(await client.ended).toBe('reset');
    expect(await greeted.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: .*proved itself/);
    greeted.finish();
    const retired = () =>
      core.events.filter((event) => event.event === 'session-closed' && event.ending === 'decision-retired');
    await until(() => retired().length === 3, 'each of them has ended');
    verified.send('NOOP\r\n');
    expect(await verified.line()).toMatch(/^\+OK/);
  });

  test('44: a server that verified before and fails now can only be rejected, until it is forgotten', async () => {
    const upstream = await upstreamWith(verifiable);
    const core = await coreFor(upstream);
    expect(await greeting(core)).toMatch(/^\+OK/);
    replace(upstream, stranger());
    // Not held for the minute that a decision may take, because there is nothing to decide.
    expect(await greeting(core)).toMatch(refused);
    const question = core.proxy.state.all('questions')[0];
    expect(question).toMatchObject({ offers: ['reject'], history: { kind: 'verified-then-failing' } });
    const id = question?.id ?? '';
    await expect(core.proxy.commands.approve({ id, remember: 'once' })).rejects.toMatchObject({ code: 'not-offered' });
    const server = core.proxy.state.all('servers')[0]?.id ?? '';
    await core.proxy.commands.forget({ id: server });
    const waiting = RawClient.connect(core.port('relay'));
    while (core.proxy.state.all('questions')[0]?.waiting !== 1) await new Promise((resolve) => setImmediate(resolve));
    await core.proxy.commands.approve({ id: core.proxy.state.all('questions')[0]?.id ?? '', remember: 'once' });
    expect(await (await waiting).line()).toMatch(/^\+OK/);
  });
});

test('47: forgetting a decision ends the sessions that rest on it, and no others', async () => {
  const odd = await upstreamWith(stranger());
  const fine = await upstreamWith(verifiable);
  const core = await startCore({
    authority,
    settings: { certificateDecisionSeconds: 60 },
    relays: [
      relayTo({ port: odd.port, protocol: 'pop3', tls: 'implicit' }, { name: 'odd' }),
      relayTo({ port: fine.port, protocol: 'pop3', tls: 'implicit' }, { name: 'fine' }),
    ],
  });
  const signIn = async (relay: string) => {
    const client = await RawClient.connect(core.port(relay));
    expect(await client.line()).toMatch(/^\+OK/);
    client.send('USER user\r\nPASS secret\r\n');
    expect(await client.line()).toMatch(/^\+OK/);
    expect(await client.line()).toMatch(/^\+OK/);
    return client;
  };
  const pending = core.event('certificate-pending');
  const trusting = signIn('odd');
  const { id } = await pending;
  await core.proxy.commands.approve({ id, remember: 'always' });
  const client = await trusting;
  const other = await signIn('fine');
  await core.proxy.commands.forget({ id });
  expect(await client.ended).toBe('reset');
  expect(await core.event('session-closed')).toMatchObject({ relay: 'odd', ending: 'decision-forgotten' });
  other.send('NOOP\r\n');
  expect(await other.line()).toMatch(/^\+OK/);
});

test('42: a decision does not count for another account', async () => {
  const upstream = await upstreamWith(stranger());
  const target = { port: upstream.port, protocol: 'pop3', tls: 'implicit' } as const;
  const core = await startCore({
    accounts: [
      { name: 'One', relays: [relayTo(target, { name: 'one' })] },
      { name: 'Two', relays: [relayTo(target, { name: 'two' })] },
    ],
  });
  expect(await (await RawClient.connect(core.port('one'))).line()).toMatch(refused);
  const { id } = await core.event('certificate-pending');
  await core.proxy.commands.approve({ id, remember: 'always' });
  expect(await (await RawClient.connect(core.port('one'))).line()).toMatch(/^\+OK/);
  expect(await (await RawClient.connect(core.port('two'))).line()).toMatch(refused);
  expect(core.proxy.state.all('questions')).toMatchObject([{ account: 'Two' }]);
});
