/** What a running core does during sessions: configuration changes, pause, stop. */
import { once } from 'node:events';
import net from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeConnection, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

const pop3 = (more: Partial<Parameters<typeof startFakeUpstream>[0]> = {}) =>
  startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity, ...more });
const to = (upstream: FakeUpstream, more = {}) =>
  relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' }, more);

async function signIn(core: Core, relay: string): Promise<RawClient> {
  const client = await RawClient.connect(core.port(relay));
  expect(await client.line()).toMatch(/^\+OK/);
  client.send('USER user\r\nPASS secret\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.line()).toMatch(/^\+OK/);
  return client;
}

async function answers(client: RawClient): Promise<void> {
  client.send('NOOP\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
}

describe('apply', () => {
  test('relays that stay the same keep their sessions; new ones listen, old ones do not', async () => {
    const upstream = await pop3();
    const kept = to(upstream, { name: 'kept' });
    const core = await startCore({
      authority,
      relays: [kept, to(upstream, { name: 'gone' })],
    });
    const client = await signIn(core, 'kept');
    const goingPort = core.port('gone');
    const configuration = await core.proxy.commands.configuration({});
    await core.proxy.commands.configure({
      configuration: {
        ...configuration,
        accounts: [
          { name: 'Account', relays: [configuration.accounts[0]?.relays[0] ?? kept, to(upstream, { name: 'new' })] },
        ],
      } as typeof configuration,
    });
    await answers(client);
    await answers(await signIn(core, 'new'));
    await expect(once(net.connect(goingPort, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(core.proxy.state.all('relays').map(({ name }) => name)).toEqual(['kept', 'new']);
    expect(core.proxy.state.get('relays', 'kept')).toMatchObject({ sessionsOpen: 1, sessionsTotal: 1 });
  });

  test('a relay that changes is another one on the same port at once, and its counts go on', async () => {
    const before = await pop3();
    const after = await pop3();
    const listen = `127.0.0.1:${await freePort()}`;
    const core = await startCore({ authority, relays: [to(before, { listen })] });
    const client = await signIn(core, 'relay');
    const configuration = await core.proxy.commands.configuration({});
    await core.proxy.apply({
      ...configuration,
      accounts: [{ name: 'Account', relays: [{ ...to(after), listen }] }],
    } as typeof configuration);
    await signIn(core, 'relay');
    expect(after.connections).toHaveLength(1);
    expect(await client.ended).toBe('reset');
    await core.event('session-closed');
    expect(core.proxy.state.get('relays', 'relay')).toMatchObject({ sessionsOpen: 1, sessionsTotal: 2 });
  });

  test('stopped while another configuration takes effect: nothing listens afterwards', async () => {
    const upstream = await pop3();
    const core = await startCore({ authority, relays: [to(upstream)] });
    const listen = `127.0.0.1:${await freePort()}`;
    const configuration = await core.proxy.commands.configuration({});
    const applied = core.proxy.apply({
      ...configuration,
      accounts: [{ name: 'Account', relays: [{ ...to(upstream), listen }] }],
    } as typeof configuration);
    await Promise.allSettled([core.proxy.stop(0), applied]);
    const { port } = new URL(`tcp://${listen}`);
    await expect(once(net.connect(Number(port), '127.0.0.1'), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('a configuration that cannot be used changes nothing', async () => {
    const upstream = await pop3();
    const core = await startCore({ authority, relays: [to(upstream)] });
    const configuration = await core.proxy.commands.configuration({});
    await expect(
      core.proxy.commands.configure({ configuration: { ...configuration, certificateAuthorities: ['missing.pem'] } }),
    ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('missing.pem') });
    expect(await core.proxy.commands.configuration({})).toEqual(configuration);
    await signIn(core, 'relay');
  });
});

test('paused: told so, nothing is dialled, and live sessions go on', async () => {
  const upstream = await pop3();
  const core = await startCore({ authority, relays: [to(upstream)] });
  const client = await signIn(core, 'relay');
  await core.proxy.commands.pause({});
  const refused = await RawClient.connect(core.port('relay'));
  expect(await refused.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: Postern is paused\./);
  expect(upstream.connections).toHaveLength(1);
  await answers(client);
  await core.proxy.commands.resume({});
  await signIn(core, 'relay');
});

test('108: a device that says nothing for five minutes gives its place back; a mail program of this computer may wait', async () => {
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity });
  const place = { port: upstream.port, protocol: 'smtp', tls: 'implicit' } as const;
  const scanner = '192.168.7.20';
  const core = await startCore({
    authority,
    relays: [
      relayTo(place, { name: 'own' }),
      relayTo(place, { name: 'devices', proxyProtocol: ['127.0.0.9'], lan: { allow: [scanner] } }),
    ],
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  const socket = net.connect({ port: core.port('devices'), host: '127.0.0.1', localAddress: '127.0.0.9' });
  socket.write(`PROXY TCP4 ${scanner} 198.51.100.1 53791 25\r\n`);
  const device = RawClient.over(socket);
  const program = await RawClient.connect(core.port('own'));
  for (const client of [device, program]) {
    expect(await client.line()).toMatch(/^220 /);
    expect((await client.smtp('EHLO printer'))[0]).toMatch(/^250/);
  }
  vi.advanceTimersByTime(5 * 60_000);
  expect(await device.line()).toMatch(/^421 4\.4\.2 /);
  expect((await program.smtp('NOOP'))[0]).toMatch(/^250/);
});

test('a fault of ours while a session begins is told, and takes up no place', async () => {
  const upstream = await pop3();
  let broken = false;
  const now = () => {
    if (!broken) return new Date();
    broken = false;
    throw new TypeError('no clock');
  };
  const core = await startCore({ authority, relays: [to(upstream)], settings: { maxConnections: 1 }, now });
  broken = true;
  const refused = await RawClient.connect(core.port('relay'));
  expect(await refused.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: something went wrong inside Postern itself/);
  refused.finish();
  expect(broken).toBe(false);
  await signIn(core, 'relay');
  expect(core.proxy.state.get('relays', 'relay')).toMatchObject({ sessionsOpen: 1 });
});

describe('stop', () => {
  test('a running transfer is let finish', async () => {
    let more: FakeConnection | undefined;
    const upstream = await pop3({
      signedIn: async (connection) => {
        more = connection;
        await connection.stream.rest();
      },
    });
    const core = await startCore({ authority, relays: [to(upstream)] });
    const client = await signIn(core, 'relay');
    const block = Buffer.from(`${'x'.repeat(64 * 1024 - 2)}\r\n`);
    let sent = 0;
    const sending = setInterval(() => {
      sent += block.length;
      more?.socket.write(block);
      if (sent < 20 * block.length) return;
      clearInterval(sending);
      more?.socket.end();
    }, 100);
    await client.bytes(block.length);
    const stopped = core.proxy.stop(60_000);
    client.socket.once('end', () => client.socket.end());
    expect((await client.rest()).length).toBe(19 * block.length);
    expect(await client.ended).toBe('end');
    await stopped;
    expect(await core.event('session-closed')).toMatchObject({ ending: 'clean' });
  });

  test('a session in which nothing moves is ended, and one that only signs in is told', async () => {
    const upstream = await pop3();
    const core = await startCore({ authority, relays: [to(upstream)] });
    const idle = await signIn(core, 'relay');
    const fresh = await RawClient.connect(core.port('relay'));
    expect(await fresh.line()).toMatch(/^\+OK/);
    await core.proxy.stop(60_000);
    expect(await idle.ended).toBe('reset');
    expect(await fresh.line()).toBe('-ERR [SYS/TEMP] Postern: Postern is closing. Try again when it is running.');
    expect(core.events.filter(({ event }) => event === 'session-closed')).toMatchObject([
      { ending: 'stopped' },
      { ending: 'stopped' },
    ]);
    expect(core.proxy.state.all('sessions')).toEqual([]);
  });

  test('who had connected is served: its server reached, its sign-in relayed, its next command answered; nobody else is', async () => {
    const upstream = await pop3();
    const core = await startCore({ authority, relays: [to(upstream)] });
    const idle = await signIn(core, 'relay');
    // From now on the server says what the test says, and nothing else.
    upstream.options.inside = { greeting: { instead: 'silence' } };
    const signing = await RawClient.connect(core.port('relay'));
    const second = await upstream.connection(1);
    const hears = async (connection: FakeConnection, words: string) =>
      expect(await connection.stream.line()).toBe(words);
    const exchange = async (client: RawClient, connection: FakeConnection, command: string) => {
      client.send(`${command}\r\n`);
      await hears(connection, command);
      connection.socket.write(`+OK to ${command}\r\n`);
      expect(await client.line()).toBe(`+OK to ${command}`);
    };
    const greet = async (client: RawClient, connection: FakeConnection) => {
      connection.socket.write('+OK at last\r\n');
      expect(await client.line()).toMatch(/^\+OK/);
    };
    while (!second.secured) await new Promise(setImmediate);
    await greet(signing, second);
    await exchange(signing, second, 'USER user');
    signing.send('PASS secret\r\n');
    await hears(second, 'PASS secret');
    const reaching = await RawClient.connect(core.port('relay'));
    const third = await upstream.connection(2);
    while (!third.secured) await new Promise(setImmediate);

    const stopped = core.proxy.stop(60_000);
    await expect(once(net.connect(core.port('relay'), '127.0.0.1'), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    // By now the idle session has been ended.
    expect(await idle.ended).toBe('reset');
    second.socket.write('+OK in\r\n');
    expect(await signing.line()).toBe('+OK in');
    await exchange(signing, second, 'NOOP');
    signing.finish();
    await greet(reaching, third);
    await exchange(reaching, third, 'USER user');
    await exchange(reaching, third, 'PASS secret');
    await exchange(reaching, third, 'NOOP');
    reaching.finish();
    await stopped;
    expect(core.events.filter(({ event }) => event === 'refused')).toEqual([]);
  });

  test('who is not signed in when its own time is up is told, while a transfer may go on', async () => {
    const upstream = await pop3({ inside: { greeting: { instead: 'silence' } } });
    const core = await startCore({ authority, relays: [to(upstream)] });
    const reaching = await RawClient.connect(core.port('relay'));
    await upstream.connection(0);
    await core.proxy.stop(60_000, 200);
    expect(await reaching.line()).toBe('-ERR [SYS/TEMP] Postern: Postern is closing. Try again when it is running.');
  });

  test('a transfer without end is cut after the time given', async () => {
    const upstream = await pop3({
      signedIn: async (connection) => {
        const sending = setInterval(() => connection.socket.write('x'), 20);
        await connection.ended;
        clearInterval(sending);
      },
    });
    const core = await startCore({ authority, relays: [to(upstream)] });
    const client = await signIn(core, 'relay');
    await client.bytes(3);
    await core.proxy.stop(200);
    expect(await client.ended).toBe('reset');
    expect(await core.event('session-closed')).toMatchObject({ ending: 'stopped' });
  });
});

test('the counts of bytes of a live session are brought up to date', async () => {
  const upstream = await pop3();
  const core = await startCore({ authority, relays: [to(upstream)] });
  const client = await signIn(core, 'relay');
  await answers(client);
  const counted = () => core.proxy.state.all('sessions')[0];
  const bytesUp = 'USER user\r\nPASS secret\r\nNOOP\r\n'.length;
  await expect.poll(counted).toMatchObject({ phase: 'signed-in', bytesUp });
});
