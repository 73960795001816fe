import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { whoSpeaks } from '../../proxy/session/who-speaks.ts';
import { atEnd } from '../support/clean-up.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });
const loopback = async () => ['127.0.0.1'];

/** A server that replies to the first bytes it receives, or speaks first. */
async function something({ answer, greeting, port = 0 }: { answer?: string; greeting?: string; port?: number }) {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (greeting !== undefined) socket.write(greeting);
    socket.on('data', (data) => {
      heard.push(data);
      if (answer !== undefined) socket.end(answer);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  atEnd(() => void server.close());
  return { port: (server.address() as AddressInfo).port, heard: () => Buffer.concat(heard).toString('latin1'), close };
}

const portals: [string, string][] = [
  ['nginx', 'HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>The plain HTTP request'],
  ['a redirect', 'HTTP/1.0 302 Moved\r\nLocation: http://login.hotel.example/\r\n\r\n'],
  ['a page without a head', '<!DOCTYPE html><html><body>Please sign in</body></html>'],
  ['an empty answer with a status', 'HTTP/1.1 511 Network Authentication Required\r\n\r\n'],
];
const others: [string, string, string | null][] = [
  ['SMTP', '220 mail.test ESMTP\r\n', 'smtp'],
  ['IMAP', '* OK ready\r\n', 'imap'],
  ['POP3', '+OK ready\r\n', 'pop3'],
  ['NNTP', '200 ready\r\n', 'nntp'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', null],
  ['nothing', '', null],
];

test.each([...portals.map(([what, said]) => [what, said, 'http'] as const), ...others])(
  '%s in answer to TLS',
  async (_, answer, spoken) => {
    const { port, heard } = await something({ answer });
    const at = { server: 'mail.test', address: '127.0.0.1', port };
    expect(await whoSpeaks(at, false, loopback, AbortSignal.timeout(10_000))).toBe(spoken);
    expect(Buffer.from(heard(), 'latin1').subarray(0, 3)).toEqual(Buffer.from([0x16, 3, 1]));
  },
);

test('who greets is not spoken to', async () => {
  const { port, heard } = await something({ greeting: '* OK ready\r\n' });
  const at = { server: 'mail.test', address: '127.0.0.1', port };
  expect(await whoSpeaks(at, true, loopback, AbortSignal.timeout(10_000))).toBe('imap');
  expect(heard()).toBe('');
});

test.each(portals)('a network that wants a sign-in first is told by the refusal itself: %s', async (_, answer) => {
  const { port, heard } = await something({ answer });
  const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/^\* BYE .*A web page answers in place of localhost/);
  const row = core.proxy.state.get('relays', 'relay')?.lastRefusal;
  expect(row).toMatchObject({ reason: 'tls-handshake-failed', diagnosis: { code: 'captive-portal' } });
  // Two ClientHellos, and nothing in plaintext.
  expect(heard()).not.toMatch(/LOGIN|CAPABILITY|GET /);
});

test('it is no alarm for a server that spoke TLS before; a mail server without TLS is', async () => {
  // Each closes before the next one listens there: no other program may be given the port meanwhile.
  const port = await freePort();
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity, port });
  const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
  const answered = async () => (await RawClient.connect(core.port('relay'))).line();
  expect(await answered()).toMatch(/^\* OK/);
  await upstream.close();
  const portal = await something({ answer: portals[0]?.[1] ?? '', port });
  expect(await answered()).toMatch(/A web page answers/);
  await portal.close();
  await something({ greeting: '* OK no TLS today\r\n', port });
  await answered();
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis?.code).toBe('encryption-vanished');
});

describe('a port that is waited for in silence, where STARTTLS is set', () => {
  const silentFor = { connectTimeoutSeconds: 1 };

  test('one that speaks TLS from the first byte is called that, in state, event and to the program; nothing is sent', async () => {
    const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity });
    const relays = [relayTo({ port: upstream.port, protocol: 'smtp', tls: 'starttls' })];
    const core = await startCore({ authority, relays, settings: silentFor });
    const client = await RawClient.connect(core.port('relay'));
    expect(await client.line()).toMatch(/^421 .*speaks TLS from the first byte, but the account expects a greeting/);
    const found = { reason: 'upstream-timeout', diagnosis: { code: 'port-wants-implicit-tls' } };
    expect(core.proxy.state.get('relays', 'relay')?.lastRefusal).toMatchObject(found);
    expect(await core.event('refused')).toMatchObject({ code: 'port-wants-implicit-tls' });
    // The attempt, which said nothing at all, and a ClientHello that nobody can accept.
    expect(upstream.connections.map(({ secured }) => secured)).toEqual([false, false]);
    expect(upstream.connections.map((each) => each.inside().length)).toEqual([0, 0]);
    expect(Buffer.concat(upstream.connections.map((each) => each.plaintext())).length).toBe(0);
    expect(core.proxy.state.get('relays', 'relay')?.sessionsTotal).toBe(1);
  });

  test('one that stays silent is too late, as before', async () => {
    const silent = await something({});
    const relays = [relayTo({ port: silent.port, protocol: 'imap', tls: 'starttls' })];
    const core = await startCore({ authority, relays, settings: silentFor });
    const client = await RawClient.connect(core.port('relay'));
    expect(await client.line()).toMatch(/^\* BYE .*did not answer in time/);
    expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis.code).toBe('server-timeout');
    // Nothing but that ClientHello.
    expect(Buffer.from(silent.heard(), 'latin1').subarray(0, 3)).toEqual(Buffer.from([0x16, 3, 1]));
    expect(silent.heard()).toHaveLength(5 + 0x2d);
  });
});
