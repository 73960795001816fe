/** A connection that waits for the next session: made after use, as good as any other, closed when anything changes. */

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dialects } from '../../proxy/dialects/index.ts';
import { createStrictDesk } from '../../proxy/discovery/strict-desk.ts';
import type { PosternCore } from '../../proxy/index.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { keepSpare, spareLifeMilliseconds } from '../../proxy/session/spare.ts';
import { createLiveGrounds } from '../../proxy/trust/decisions/live-grounds.ts';
import { createTlsContexts } from '../../proxy/trust/tls/secure-upstream.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { nextAnswer } from '../support/ldap-words.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { noneBuiltIn } from '../support/roots.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const greeting = (number: number) => `+OK ready <${number}@localhost>`;

/** Resolves when this holds for the state. */
function until(proxy: PosternCore, isSo: () => boolean): Promise<void> {
  if (isSo()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = proxy.state.subscribe(() => {
      if (!isSo()) return;
      end();
      resolve();
    });
  });
}

const spareOf = (core: Core) => core.proxy.state.get('relays', 'relay')?.spare;
const waits = (core: Core) => until(core.proxy, () => spareOf(core)?.waiting === true);
const isGone = (core: Core) => until(core.proxy, () => spareOf(core)?.waiting === false);

async function signIn(core: Core): Promise<{ client: RawClient; greeted: string }> {
  const client = await RawClient.connect(core.port('relay'));
  const greeted = await client.line();
  client.send('USER user\r\nPASS secret\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.line()).toMatch(/^\+OK/);
  return { client, greeted };
}

/** A relay after its first session has signed in, with the second connection waiting. */
async function stage(
  tls: 'implicit' | 'starttls' = 'implicit',
  settings = {},
): Promise<{ core: Core; upstream: FakeUpstream; options: FakeUpstreamOptions }> {
  const options: FakeUpstreamOptions = { protocol: 'pop3', tls, identity, inside: { greeting: `${greeting(1)}\r\n` } };
  const upstream = await startFakeUpstream(options);
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls })],
    settings: { spareConnections: true, ...settings },
  });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  options.inside = { greeting: `${greeting(2)}\r\n` };
  client.send('USER user\r\nPASS secret\r\n');
  await client.line();
  await client.line();
  await waits(core);
  return { core, upstream, options };
}

/** The next session dials a new connection. */
async function dialsAnew(core: Core, upstream: FakeUpstream): Promise<void> {
  const connections = upstream.connections.length;
  await signIn(core);
  expect(upstream.connections.length).toBeGreaterThan(connections);
  expect(spareOf(core)?.used).toBe(0);
}

describe.each(['implicit', 'starttls'] as const)('%s', (tls) => {
  test('the next session is greeted from it, as verified as any other, and signs in on it', async () => {
    const { core, upstream } = await stage(tls);
    expect(upstream.connections).toHaveLength(2);
    // No secret has been sent on it, and no bytes except those that the greeting needs.
    expect(upstream.connections[1]?.inside().toString()).toBe('');
    const { client, greeted } = await signIn(core);
    // The greeting's stamp belongs to this connection.
    expect(greeted).toBe(tls === 'implicit' ? greeting(2) : '+OK Postern ready');
    expect(upstream.connections[1]?.user).toBe('user');
    expect(upstream.connections[0]?.inside().toString()).toBe('USER user\r\nPASS secret\r\n');
    const verified = core.events.filter(({ event }) => event === 'session-verified');
    expect(verified).toHaveLength(2);
    client.send('NOOP\r\n');
    expect(await client.line()).toMatch(/^\+OK/);
  });
});

test('it is counted apart from sessions, and the session that took it is followed by another one', async () => {
  const { core, upstream } = await stage();
  const row = core.proxy.state.get('relays', 'relay');
  expect(row).toMatchObject({ sessionsOpen: 1, sessionsTotal: 1, spare: { waiting: true, used: 0 } });
  await signIn(core);
  await waits(core);
  expect(upstream.connections).toHaveLength(3);
  expect(core.proxy.state.get('relays', 'relay')).toMatchObject({
    sessionsOpen: 2,
    sessionsTotal: 2,
    spare: { waiting: true, used: 1 },
  });
});

test('there is one at most, however many sign in at once', async () => {
  const { core, upstream } = await stage();
  await Promise.all([signIn(core), signIn(core), signIn(core)]);
  await waits(core);
  expect(upstream.connections).toHaveLength(1 + 3 + 1);
});

test('none is made unless it was asked for', async () => {
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
  });
  await signIn(core);
  await signIn(core);
  expect(upstream.connections).toHaveLength(2);
  expect(spareOf(core)).toBeUndefined();
});

test('one that the server has closed is not used', async () => {
  const { core, upstream } = await stage();
  const gone = isGone(core);
  upstream.connections[1]?.socket.end();
  await gone;
  await dialsAnew(core, upstream);
});

test('one on which the server has said something is not used', async () => {
  const { core, upstream } = await stage();
  const gone = isGone(core);
  await upstream.connections[1]?.say('-ERR too slow\r\n');
  await gone;
  await dialsAnew(core, upstream);
});

test('its life is bounded', async () => {
  // Time also passes by itself: the first session is watched for a moment.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  const { core, upstream } = await stage();
  const gone = isGone(core);
  vi.advanceTimersByTime(spareLifeMilliseconds);
  await gone;
  vi.useRealTimers();
  await upstream.connections[1]?.ended;
  await dialsAnew(core, upstream);
});

test.each<[string, (core: Core) => Promise<unknown>]>([
  ['the configuration', async ({ proxy }) => proxy.apply(await proxy.commands.configuration({}))],
  ['the network', ({ proxy }) => proxy.commands.networkChanged({})],
  [
    'what is known of a server',
    ({ proxy }) => proxy.commands.forget({ id: proxy.state.all('servers')[0]?.id ?? 'none' }),
  ],
])('a change of %s ends it', async (_what, change) => {
  const { core, upstream } = await stage();
  const gone = isGone(core);
  await change(core);
  await gone;
  await upstream.connections[1]?.ended;
  await dialsAnew(core, upstream);
});

test('a question about a certificate ends it', async () => {
  const { core, upstream } = await stage();
  const other = await startFakeUpstream({
    protocol: 'pop3',
    tls: 'implicit',
    identity: selfSigned({ cn: 'localhost' }),
  });
  const configuration = await core.proxy.commands.configuration({});
  const [account] = configuration.accounts;
  if (!account) throw new Error('no account');
  const asked = relayTo({ port: other.port, protocol: 'pop3', tls: 'implicit' }, { name: 'asked' });
  await core.proxy.apply({
    ...configuration,
    accounts: [{ ...account, relays: [...account.relays, asked] }],
  } as typeof configuration);
  await signIn(core);
  await waits(core);
  const gone = isGone(core);
  await RawClient.connect(core.port('asked'));
  await gone;
  await upstream.connections.at(-1)?.ended;
});

test('pausing ends it, and none is made while paused', async () => {
  const { core, upstream } = await stage();
  const gone = isGone(core);
  await core.proxy.commands.pause({});
  await gone;
  await upstream.connections[1]?.ended;
  await core.proxy.commands.resume({});
  await dialsAnew(core, upstream);
});

test('the end of the trust that it rests on ends it', async () => {
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity });
  const { port } = upstream;
  const grounds = createLiveGrounds();
  const desk = { ...createStrictDesk(() => new Date(), null), hold: grounds.hold };
  const clientCertificates = new Map();
  const contexts = createTlsContexts({ authorities: [authority.certPem], clientCertificates, builtIn: noneBuiltIn });
  const counts: boolean[] = [];
  let told = () => {};
  const waiting = async (wanted: boolean) => {
    while (counts.at(-1) !== wanted) await new Promise<void>((go) => (told = go));
  };
  const spare = keepSpare({
    target: {
      ...{ relay: 'relay', account: 'A', server: 'localhost', address: '127.0.0.1', port, tls: 'implicit' },
      ...{ dialect: dialects.pop3, tlsContext: () => contexts.of('') },
    },
    context: () => ({ desk, resolve: async () => ['127.0.0.1'], connectTimeoutMilliseconds: 60_000 }),
    changed(now) {
      counts.push(now.waiting);
      told();
    },
  });
  spare.prepare();
  await waiting(true);
  grounds.withdraw('certificate-revoked', () => true);
  await waiting(false);
  expect(spare.take(() => {})).toBeNull();
  await upstream.connections[0]?.ended;
});

test('stopping ends it', async () => {
  const { core, upstream } = await stage();
  await core.proxy.stop(0);
  expect(['end', 'reset']).toContain(await upstream.connections[1]?.ended);
});

test('one that cannot be made is nobody’s refusal', async () => {
  const options: FakeUpstreamOptions = { protocol: 'pop3', tls: 'implicit', identity };
  const upstream = await startFakeUpstream(options);
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
    settings: { spareConnections: true },
  });
  const client = await RawClient.connect(core.port('relay'));
  await client.line();
  options.inside = { greeting: 'junk\r\n' };
  client.send('USER user\r\nPASS secret\r\n');
  await client.line();
  await client.line();
  const second = await upstream.connection(1);
  await second.ended;
  expect(spareOf(core)?.waiting ?? false).toBe(false);
  expect(core.events.filter(({ event }) => event === 'refused')).toEqual([]);
});

/** Signs in to Postern as the mail program does. Returns the reply. */
const programs: Record<LineProtocol, (client: RawClient, password: string) => Promise<string>> = {
  async pop3(client, password) {
    client.send('USER anybody\r\n');
    await client.line();
    client.send(`PASS ${password}\r\n`);
    return client.line();
  },
  async imap(client, password) {
    client.send(`a LOGIN anybody ${password}\r\n`);
    return client.line();
  },
  async smtp(client, password) {
    client.send('HELO here\r\n');
    await client.line();
    client.send(`AUTH PLAIN ${Buffer.from(`\0anybody\0${password}`).toString('base64')}\r\n`);
    return client.line();
  },
  async nntp(client, password) {
    client.send('AUTHINFO USER anybody\r\n');
    await client.line();
    client.send(`AUTHINFO PASS ${password}\r\n`);
    return client.line();
  },
};
const welcomes: Record<LineProtocol, RegExp> = { pop3: /^\+OK/, imap: /^a OK/, smtp: /^235/, nntp: /^281/ };

describe.each(lineProtocols)('%s, where Postern signs in', (protocol) => {
  test('the next session signs in on it, with what Postern keeps, and a wrong local password on none', async () => {
    const upstream = await startFakeUpstream({
      protocol,
      tls: 'implicit',
      identity,
      users: { ada: 'kept by Postern' },
    });
    const core = await startCore({
      authority,
      accounts: [
        {
          name: 'stored',
          signIn: { kind: 'stored', user: 'ada' },
          relays: [relayTo({ port: upstream.port, protocol, tls: 'implicit' })],
        },
      ],
      settings: { spareConnections: true },
    });
    await core.proxy.commands.storePassword({ account: 'stored', password: 'kept by Postern' });
    const { password } = await core.proxy.commands.localPassword({ account: 'stored' });
    const session = async (typed: string) => {
      const client = await RawClient.connect(core.port('relay'));
      const greeted = await client.line();
      return { client, greeted, answer: await programs[protocol](client, typed) };
    };

    const first = await session(password);
    expect(first.answer).toMatch(welcomes[protocol]);
    await waits(core);
    expect(upstream.connections).toHaveLength(2);
    const spare = await upstream.connection(1);
    expect(spare.user).toBeNull();
    expect(spare.inside().toString()).not.toMatch(/ada|kept|AUTH/i);

    const second = await session(password);
    expect(second.answer).toMatch(welcomes[protocol]);
    expect(spare.user).toBe('ada');
    expect(spareOf(core)?.used).toBe(1);
    // APOP's stamp is Postern's own, and different for each session.
    if (protocol === 'pop3') expect(second.greeted).not.toBe(first.greeted);

    await waits(core);
    const refused = await session('not the local one');
    expect(refused.answer).not.toMatch(welcomes[protocol]);
    refused.client.finish();
    const third = await upstream.connection(2);
    await third.ended;
    expect(third.user).toBeNull();
    expect(third.inside().toString()).not.toMatch(/ada|kept/i);
    expect((await session(password)).answer).toMatch(welcomes[protocol]);
  });
});

test('a directory, where Postern signs in: the next program signs in on it, and a wrong local password on none', async () => {
  const users = { ada: 'kept by Postern' };
  const upstream = await startFakeUpstream({ protocol: 'ldap', tls: 'starttls', identity, users });
  const relays = [relayTo({ port: upstream.port, protocol: 'ldap', tls: 'starttls' })];
  const accounts = [{ name: 'stored', signIn: { kind: 'stored', user: 'ada' } as const, relays }];
  const core = await startCore({ authority, accounts, settings: { spareConnections: true } });
  await core.proxy.commands.storePassword({ account: 'stored', password: 'kept by Postern' });
  const { password } = await core.proxy.commands.localPassword({ account: 'stored' });
  const session = async (typed: string) => {
    const client = await RawClient.connect(core.port('relay'));
    client.send(simpleBind(7, 'cn=anybody', typed));
    return { client, code: (await nextAnswer(client)).code };
  };

  expect((await session(password)).code).toBe(0);
  await waits(core);
  const spare = await upstream.connection(1);
  // A directory greets nobody: nothing at all is said before a session has it.
  expect(spare.inside().length).toBe(0);
  expect((await session(password)).code).toBe(0);
  expect(spare.user).toBe('ada');

  await waits(core);
  const refused = await session('not the local one');
  expect(refused.code).toBe(49);
  refused.client.finish();
  const third = await upstream.connection(2);
  await third.ended;
  expect(third.user).toBeNull();
  expect(third.inside().toString('latin1')).not.toMatch(/ada|kept/i);
});
