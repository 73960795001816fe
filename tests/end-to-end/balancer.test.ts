/** Who is allowed to name the address of the program: the PROXY protocol against the built product. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { needRoot } from '../support/needs.ts';
import { createAuthority, issue, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

const header = 'PROXY TCP4 192.0.2.7 198.51.100.1 53791 143\r\n';
/** A balancer on this computer, and an ordinary program. */
const balancer = '127.0.0.7';
let upstream: FakeUpstream;
let postern: Postern;
let outside: string;

/** An address of this computer that is not loopback: an existing one, or one added while the test runs. */
function addressOfNetwork(): string {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = own.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found) return found.address;
  needRoot();
  spawnSync('ip', ['address', 'add', '10.77.0.1/32', 'dev', 'lo']);
  atEnd(() => void spawnSync('ip', ['address', 'delete', '10.77.0.1/32', 'dev', 'lo']));
  return '10.77.0.1';
}

beforeAll(async () => {
  outside = addressOfNetwork();
  const identity = issue(createAuthority(), { names: ['localhost'] });
  upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const relay = {
    ...({ protocol: 'imap', tls: 'implicit', server: 'localhost', address: '127.0.0.1' } as const),
    ...{ port: upstream.port, listen: '127.0.0.1:0' },
  };
  const file = join(scratchDirectory('configuration'), 'config.json');
  writeFileSync(
    file,
    JSON.stringify({
      version: 1,
      accounts: [
        {
          name: 'Work',
          relays: [
            { ...relay, name: 'local', proxyProtocol: [balancer] },
            { ...relay, name: 'everywhere', listen: '0.0.0.0:0', proxyProtocol: [outside] },
            { ...relay, name: 'others', listen: '0.0.0.0:0', proxyProtocol: ['203.0.113.0/24'] },
            { ...relay, name: 'plain' },
          ],
        },
      ],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), identity).root],
    }),
  );
  postern = await startPostern({ fixed: file });
});

async function knock(relay: string, from: string, says: string | Buffer, to = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port: postern.port(relay), host: to, localAddress: from, allowHalfOpen: true });
  await once(socket, 'connect');
  const client = RawClient.over(socket);
  client.send(says);
  return client;
}

async function isServed(client: RawClient): Promise<void> {
  expect(await client.line()).toMatch(/^\* OK/);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a OK/);
  client.finish();
}

describe('honest: 112', () => {
  test('honest: 112: a balancer’s connection is served, and the event says whom it passes on', async () => {
    const since = postern.events.length;
    await isServed(await knock('local', balancer, header));
    const opened = await postern.event('session-opened', () => true, since);
    expect(opened).toMatchObject({ relay: 'local', from: '192.0.2.7' });
  });

  test('honest: 112: one from the network, on all addresses', async () => {
    await isServed(await knock('everywhere', outside, header, outside));
  });

  test('honest: 112: a program of this user beside the balancer is served without a header, as ever', async () => {
    await isServed(await knock('local', '127.0.0.1', ''));
    await isServed(await knock('everywhere', '127.0.0.1', ''));
  });
});

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

describe('112: refused, told, stated; no server is asked', () => {
  test.each([
    ['missing', 'a LOGIN user secret\r\n', /began without a header/],
    ['broken', 'PROXY TCP4 192.0.2.7 nonsense 1 2\r\n', /is broken/],
    ['endless, version 1', `PROXY ${'x'.repeat(10_000)}`, /longer than Postern accepts/],
    [
      'endless, version 2',
      Buffer.concat([signature, Buffer.from('2111ffff', 'hex'), Buffer.alloc(8192)]),
      /longer than Postern accepts/,
    ],
  ])('112: %s, from one that must send it', async (_, says, words) => {
    const [dialled, since] = [upstream.connections.length, postern.events.length];
    const client = await knock('local', balancer, says);
    expect(await client.line()).toMatch(words);
    await client.ended;
    const refused = await postern.event('refused', () => true, since);
    expect(refused).toMatchObject({ relay: 'local', reason: 'proxy-header-invalid', code: 'proxy-header-invalid' });
    expect(upstream.connections.length).toBe(dialled);
  });

  test.each([
    ['version 1', header],
    ['version 2', Buffer.concat([signature, Buffer.from('2100000c', 'hex'), Buffer.alloc(12)])],
  ])('112: %s, from one that may not send it', async (_, says) => {
    for (const relay of ['local', 'plain']) {
      const [dialled, since] = [upstream.connections.length, postern.events.length];
      // The header is there before anyone looks, however busy this process is.
      postern.signal('SIGSTOP');
      const client = await knock(relay, '127.0.0.1', says);
      postern.signal('SIGCONT');
      expect(await client.line()).toMatch(/^\* BYE/);
      const refused = await postern.event('refused', () => true, since);
      expect(refused).toMatchObject({ relay, reason: 'client-not-mail' });
      expect(upstream.connections.length).toBe(dialled);
    }
  });

  test('112: from an address of the network that is not listed: closed before a byte', async () => {
    const [dialled, since] = [upstream.connections.length, postern.events.length];
    const client = await knock('others', outside, header, outside);
    await client.ended;
    expect(client.received.length).toBe(0);
    const refused = await postern.event('refused', () => true, since);
    expect(refused).toMatchObject({ relay: 'others', reason: 'device-not-allowed', code: 'device-not-allowed' });
    expect(refused.message).toContain(outside);
    expect(upstream.connections.length).toBe(dialled);
  });

  test('112: a header does not make another user’s program one of ours', async () => {
    needRoot();
    const script = `
      const socket = require('node:net').connect({
        port: ${postern.port('local')}, host: '127.0.0.1', localAddress: '${balancer}',
      });
      socket.on('error', () => {}).write('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\\r\\n');
      socket.pipe(process.stdout);`;
    const ran = await runProgram('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, '-e', script]);
    expect(ran.stdout.toString()).toContain('A program of another user of this computer');
  });
});

describe('a configuration that opens more than it may', () => {
  const validate = async (relay: object, ...words: string[]) => {
    const file = join(scratchDirectory('validate'), 'config.json');
    const whole = { name: 'work', protocol: 'imap', tls: 'implicit', server: 'imap.example.org', port: 993, ...relay };
    writeFileSync(file, JSON.stringify({ version: 1, accounts: [{ name: 'Work', relays: [whole] }] }));
    const ran = await postern.command('config', 'validate', file, ...words);
    return [ran.code, ran.stderr];
  };

  test.each([
    ['all addresses without a balancer', { listen: '0.0.0.0:143' }],
    ['another address', { listen: '192.168.7.1:143', proxyProtocol: ['10.0.0.2'] }],
    ['a net on loopback', { listen: '127.0.0.1:143', proxyProtocol: ['10.0.0.0/16'] }],
    ['a net above /16', { listen: '0.0.0.0:143', proxyProtocol: ['10.0.0.0/15'] }],
    ['everybody', { listen: '0.0.0.0:143', proxyProtocol: ['0.0.0.0/0'] }],
    ['nobody', { listen: '0.0.0.0:143', proxyProtocol: [] }],
    ['a name', { listen: '0.0.0.0:143', proxyProtocol: ['balancer.example'] }],
  ])('%s', async (_, relay) => {
    expect(await validate(relay)).toEqual([2, expect.stringMatching(/accounts\[0\]\.relays\[0\]\.(?:listen|proxy)/)]);
  });

  test('honest: a net of /16 on all addresses, for a service alone', async () => {
    const relay = { listen: '0.0.0.0:143', proxyProtocol: ['10.244.0.0/16'] };
    expect((await validate(relay))[0]).toBe(0);
    const data = scratchDirectory('own');
    const whole = { name: 'w', protocol: 'imap', tls: 'implicit', server: 'imap.example.org', port: 993, ...relay };
    writeFileSync(
      join(data, 'config.json'),
      JSON.stringify({ version: 1, accounts: [{ name: 'Work', relays: [whole] }] }),
      { mode: 0o600 },
    );
    const program = join(import.meta.dirname, '../../dist/main/cli.js');
    const ran = await runProgram(process.execPath, [program, 'run', '--no-window', '--data-dir', data]);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('all addresses take "postern run --config')]);
  });
});
