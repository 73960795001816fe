/**
 * For every refusal reason in the contract: the session is refused, the mail program is told in its own protocol, the
 * state and the event stream say why; and an honest twin passes. A directory's are in directory-refusals.test.ts.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RefusalReason, refusalReasons, type TlsMode } from '../../proxy/contract/index.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { atEnd } from '../support/clean-up.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { balancer, connectDevice, deviceInTls } from '../support/device.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { bound, reference, search } from '../support/ldap-words.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { needRoot } from '../support/needs.ts';
import { createAuthority, type Identity, issue, ocspResponse, selfSigned } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { mustRun } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let good: Identity;
let stranger: Identity;
beforeAll(() => {
  authority = createAuthority();
  good = issue(authority, { names: ['localhost'] });
  stranger = selfSigned({ names: ['localhost'] });
});

/** How each protocol says "not now" instead of its greeting. */
const told: Record<LineProtocol, RegExp> = {
  smtp: /^421 4\.7\.0 Postern: \S.{15,}$/,
  imap: /^\* BYE (?:\[UNAVAILABLE\] )?Postern: \S.{15,}$/,
  pop3: /^-ERR \[SYS\/TEMP\] Postern: \S.{15,}$/,
  nntp: /^400 Postern: \S.{15,}$/,
};
const welcome: Record<LineProtocol, RegExp> = { smtp: /^220 /, imap: /^\* OK/, pop3: /^\+OK/, nntp: /^200 / };
const refusalWords: Record<LineProtocol, string> = {
  smtp: '502 no\r\n',
  imap: '{tag} NO no\r\n',
  pop3: '-ERR no\r\n',
  nntp: '580 no\r\n',
};
const goAhead: Record<LineProtocol, string> = {
  smtp: '220 go\r\n',
  imap: '{tag} OK go\r\n',
  pop3: '+OK go\r\n',
  nntp: '382 go\r\n',
};

const shown = new Set<RefusalReason>();

/** Checks all three: what the program hears, what the event says, what the state says. */
async function expectRefused(
  core: Core,
  client: RawClient,
  protocol: LineProtocol,
  reason: RefusalReason,
): Promise<void> {
  shown.add(reason);
  expect(await client.line()).toMatch(told[protocol]);
  expect(await client.ended).toBe('end');
  const event = await core.event('refused');
  expect(event.reason).toBe(reason);
  expect(event.message.length).toBeGreaterThan(15);
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal).toMatchObject({ reason, message: event.message });
}

async function run(options: Partial<FakeUpstreamOptions> & { protocol: LineProtocol; tls: TlsMode }, settings = {}) {
  const upstream = await startFakeUpstream({ identity: good, ...options });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: options.protocol, tls: options.tls })],
    settings,
  });
  const client = await RawClient.connect(core.port('relay'));
  return { upstream, core, client };
}

describe.each(lineProtocols)('%s', (protocol) => {
  test.each(['implicit', 'starttls'] as const)('the honest twin passes over %s', async (tls) => {
    const { core, client } = await run({ protocol, tls });
    expect(await client.line()).toMatch(welcome[protocol]);
    expect(await core.event('session-verified')).toMatchObject({ protocol, trust: 'verified' });
    expect(core.events.some(({ event }) => event === 'refused')).toBe(false);
  });

  const cases: [RefusalReason, string, Partial<FakeUpstreamOptions> & { tls: TlsMode }, object?][] = [
    [
      'starttls-not-offered',
      'STARTTLS neither offered nor granted',
      { tls: 'starttls', plain: { capabilities: [], starttls: refusalWords[protocol] } },
    ],
    [
      'starttls-refused',
      'STARTTLS offered and turned down',
      { tls: 'starttls', plain: { starttls: refusalWords[protocol] } },
    ],
    [
      'plaintext-after-starttls',
      'bytes behind the go-ahead',
      { tls: 'starttls', plain: { starttls: goAhead[protocol], behind: 'injected\r\n' } },
    ],
    [
      'plaintext-after-starttls',
      'one byte behind the go-ahead',
      { tls: 'starttls', plain: { starttls: goAhead[protocol], behind: 'x' } },
    ],
    [
      'tls-handshake-failed',
      'plaintext on an implicit TLS port',
      { tls: 'implicit', handshake: { first: true, reply: '220 hello\r\n' } },
    ],
    [
      'tls-too-old',
      'TLS 1.1 and nothing newer',
      { tls: 'implicit', tlsOptions: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } },
    ],
    [
      'weak-cipher',
      'CBC ciphers alone',
      {
        tls: 'implicit',
        tlsOptions: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA' },
      },
    ],
    [
      'upstream-timeout',
      'silence',
      { tls: 'implicit', handshake: { reply: { instead: 'silence' } } },
      { connectTimeoutSeconds: 1 },
    ],
    [
      'upstream-closed',
      'an end in the middle of the handshake',
      { tls: 'implicit', handshake: { reply: { instead: 'end' } } },
    ],
    [
      'upstream-protocol',
      'HTTP inside TLS',
      { tls: 'implicit', inside: { greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' } },
    ],
  ];
  test.each(cases)('%s: %s', async (reason, _what, options, settings = {}) => {
    const { core, client, upstream } = await run({ protocol, ...options }, settings);
    await expectRefused(core, client, protocol, reason);
    for (const connection of upstream.connections) {
      expect(connection.plaintext().toString('latin1')).toMatch(
        /^(?:(?:EHLO \[127\.0\.0\.1\]|STARTTLS|QUIT|CAPA|CAPABILITIES|STLS|\w+ (?:CAPABILITY|STARTTLS|LOGOUT))\r\n)*$/,
      );
      expect(connection.inside().length).toBe(0);
    }
  });

  test('certificate-undecided: nobody decides about a self-signed certificate', async () => {
    const { core, client } = await run({ protocol, tls: 'implicit', identity: stranger });
    await expectRefused(core, client, protocol, 'certificate-undecided');
    expect(core.proxy.state.all('questions')).toMatchObject([
      { problems: ['self-signed'], offers: ['reject', 'once', 'always'] },
    ]);
  });

  test('certificate-rejected: a person has said no', async () => {
    const { core, client } = await run(
      { protocol, tls: 'implicit', identity: stranger },
      { certificateDecisionSeconds: 60 },
    );
    const { id } = await core.event('certificate-pending');
    await core.proxy.commands.reject({ id });
    await expectRefused(core, client, protocol, 'certificate-rejected');
    const again = await RawClient.connect(core.port('relay'));
    expect(await again.line()).toMatch(told[protocol]);
    expect(core.proxy.state.all('questions')).toEqual([]);
  });

  test('upstream-unreachable: nothing listens there', async () => {
    const { core, upstream } = await run({ protocol, tls: 'implicit', port: await freePort() });
    await upstream.close();
    const from = core.events.length;
    const client = await RawClient.connect(core.port('relay'));
    shown.add('upstream-unreachable');
    expect(await client.line()).toMatch(told[protocol]);
    expect(await core.event('refused', () => true, from)).toMatchObject({ reason: 'upstream-unreachable' });
    expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('upstream-unreachable');
  });

  test('client-not-mail: a web page', async () => {
    const { core, client, upstream } = await run({ protocol, tls: 'implicit' });
    client.send('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nMAIL FROM:<a@b>\r\n');
    const heard = (await client.rest()).toString('latin1');
    shown.add('client-not-mail');
    expect(heard).toMatch(/Postern: .{15,}\r\n$/);
    expect(await core.event('refused')).toMatchObject({ reason: 'client-not-mail' });
    expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('client-not-mail');
    for (const connection of upstream.connections) expect(connection.inside().toString()).not.toMatch(/HTTP|MAIL/);
  });

  test('client-line-too-long: told, and the session goes on', async () => {
    const { core, client, upstream } = await run({ protocol, tls: 'implicit' });
    expect(await client.line()).toMatch(welcome[protocol]);
    const tag = protocol === 'imap' ? 'a ' : '';
    client.send(`${tag}NOOP ${'x'.repeat(20_000)}\r\n`);
    shown.add('client-line-too-long');
    expect(await client.line()).toMatch(/^(?:500 5\.5\.6|501|-ERR|(?:a|\*) BAD) .{5,}/);
    expect(await core.event('refused')).toMatchObject({ reason: 'client-line-too-long' });
    expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('client-line-too-long');
    client.send(`${tag}CAPA${protocol === 'imap' ? 'BILITY' : ''}\r\n`);
    expect((await client.line()).length).toBeGreaterThan(0);
    expect((await upstream.connection(0)).inside().length).toBeLessThan(1000);
  });

  test('too-many-connections: the one above the limit is told, and there is room again afterwards', async () => {
    const { core, client } = await run({ protocol, tls: 'implicit' }, { maxConnections: 1 });
    expect(await client.line()).toMatch(welcome[protocol]);
    const second = await RawClient.connect(core.port('relay'));
    await expectRefused(core, second, protocol, 'too-many-connections');
    client.socket.destroy();
    await core.event('session-closed');
    await new Promise((resolve) => setImmediate(resolve));
    const third = await RawClient.connect(core.port('relay'));
    expect(await third.line()).toMatch(welcome[protocol]);
  });
});

test('18: a TLS port that is configured for STARTTLS waits in silence, and the mix-up is named with what to do', async () => {
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: good });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'imap', tls: 'starttls' })],
    settings: { connectTimeoutSeconds: 1 },
  });
  const client = await RawClient.connect(core.port('relay'));
  await expectRefused(core, client, 'imap', 'upstream-timeout');
  expect((await core.event('refused')).message).toMatch(
    /speaks TLS from the first byte.* Set “Encryption begins” of this path to “At once”\.$/,
  );
});

test('preauth-before-tls: the server claims that we are signed in', async () => {
  const { core, client, upstream } = await run({
    protocol: 'imap',
    tls: 'starttls',
    plain: { greeting: '* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n' },
  });
  await expectRefused(core, client, 'imap', 'preauth-before-tls');
  expect((await upstream.connection(0)).plaintext().length).toBe(0);
});

test.each([
  ['revoked', true],
  ['good', false],
] as const)('certificate-revoked: the stapled answer says %s', async (status, refused) => {
  const server = createServer({ cert: good.chainPem, key: good.keyPem }, (socket) => {
    socket.on('error', () => {});
    socket.write('* OK ready\r\n');
  });
  server.on('OCSPRequest', (_certificate, _issuer, answer) => answer(null, ocspResponse(authority, good, { status })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
  const client = await RawClient.connect(core.port('relay'));
  if (refused) await expectRefused(core, client, 'imap', 'certificate-revoked');
  else expect(await client.line()).toBe('* OK ready');
  client.socket.destroy();
  server.close();
});

test('client-other-user: a program of another user is turned away, our own passes', async () => {
  needRoot();
  const { core, client } = await run({ protocol: 'pop3', tls: 'implicit' });
  expect(await client.line()).toMatch(/^\+OK/);
  const script = `
    const socket = require('node:net').connect(${core.port('relay')}, '127.0.0.1');
    socket.pipe(process.stdout);`;
  const other = spawn(process.execPath, ['-e', script], {
    uid: 65_534,
    gid: 65_534,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = '';
  other.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  await once(other, 'close');
  shown.add('client-other-user');
  expect(heard.trimEnd()).toMatch(told.pop3);
  expect(await core.event('refused')).toMatchObject({ reason: 'client-other-user' });
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('client-other-user');
});

test('device-not-allowed: what is no listed device is closed before a byte, and the server hears of nothing', async () => {
  needRoot();
  // An address that only this computer has, as it would have one in a local network.
  const address = `100.127.${(process.pid >> 8) & 255}.${process.pid & 255}`;
  await mustRun('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
  atEnd(() => mustRun('ip', ['address', 'delete', `${address}/32`, 'dev', 'lo']));
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity: good });
  const target = { port: upstream.port, protocol: 'smtp', tls: 'implicit' } as const;
  const core = await startCore({
    authority,
    relays: [relayTo(target, { listen: `${address}:0`, lan: { allow: [address] } })],
  });
  const client = await RawClient.connect(core.port('relay'), address);
  expect((await client.rest()).toString()).toBe('');
  shown.add('device-not-allowed');
  expect(await core.event('refused')).toMatchObject({
    reason: 'device-not-allowed',
    facts: { from: address, device: 'here' },
  });
  expect(upstream.connections).toEqual([]);
});

test('device-tls-failed: plaintext where TLS comes with the first byte is closed, and the server hears of nothing', async () => {
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity: good });
  const target = { port: upstream.port, protocol: 'smtp', tls: 'implicit' } as const;
  const lan = { allow: ['192.168.7.20'] };
  const relay = relayTo(target, { listen: 'tls://127.0.0.1:0', proxyProtocol: [balancer], lan });
  const core = await startCore({ authority, relays: [relay] });
  const client = RawClient.over(await connectDevice(core.port('relay')));
  client.send('EHLO device\r\n');
  // An alert, and no word: TLS is all that it could be told in.
  expect((await client.rest()).toString('latin1')).not.toMatch(/220|Postern/);
  shown.add('device-tls-failed');
  expect(await core.event('refused')).toMatchObject({ reason: 'device-tls-failed', code: 'device-tls-failed' });
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('device-tls-failed');
  expect(upstream.connections).toEqual([]);
  const honest = await deviceInTls(core.port('relay'));
  expect(await honest.line()).toMatch(welcome.smtp);
});

test.each(lineProtocols)(
  'proxy-header-invalid: a balancer that does not say whom it passes on, over %s',
  async (protocol) => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: good });
    const target = { port: upstream.port, protocol, tls: 'implicit' } as const;
    const core = await startCore({ authority, relays: [relayTo(target, { proxyProtocol: ['127.0.0.9'] })] });
    const balanced = async (says: string) => {
      const socket = net.connect({ port: core.port('relay'), host: '127.0.0.1', localAddress: '127.0.0.9' });
      await once(socket, 'connect');
      const client = RawClient.over(socket);
      client.send(says);
      return client;
    };
    const honest = await balanced('PROXY TCP4 192.0.2.7 198.51.100.1 53791 143\r\n');
    expect(await honest.line()).toMatch(welcome[protocol]);
    expect(await core.event('session-opened')).toMatchObject({ from: '192.0.2.7' });
    const dialled = upstream.connections.length;
    const client = await balanced('PROXY TCP4 192.0.2.7 nonsense 53791 143\r\n');
    await expectRefused(core, client, protocol, 'proxy-header-invalid');
    expect(upstream.connections.length).toBe(dialled);
  },
);

test('a port that is taken: said with address and port, the other relays run on, and it is tried again', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity: good });
  const target = { port: upstream.port, protocol: 'imap', tls: 'implicit' } as const;
  const core = await startCore({
    authority,
    relays: [relayTo(target, { name: 'taken', listen: `127.0.0.1:${port}` }), relayTo(target, { name: 'relay' })],
  });
  const failed = await core.event('relay-failed');
  expect(failed).toMatchObject({ relay: 'taken', reason: 'address-in-use', address: '127.0.0.1', port });
  expect(failed.message).toContain(`127.0.0.1 port ${port}`);
  expect(core.proxy.state.get('relays', 'taken')?.listeners[0]?.status.kind).toBe('failed');
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/^\* OK/);
  holder.close();
  expect(await core.event('listening', ({ relay }) => relay === 'taken')).toMatchObject({ port });
});

test.each(lineProtocols)('a fault of our own is told too, and stands in the log: %s', async (protocol) => {
  const core = await startCore({
    relays: [relayTo({ port: 993, protocol, tls: 'implicit' }, { address: 'mail.test' })],
    resolve: async () => [{} as string],
  });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(told[protocol]);
  expect(await client.ended).toBe('end');
  client.finish();
  expect(await core.event('session-closed')).toMatchObject({ ending: 'fault' });
  expect(core.proxy.state.all('sessions')).toEqual([]);
  await core.stop();
  expect(readFileSync(join(core.dataDirectory, 'logs', 'postern.log'), 'utf8')).toMatch(/ error fault .*TypeError/);
});

test('upstream-sign-in-failed: after a wrong password and a hang-up, the last refusal is the wrong password', async () => {
  const { core, client } = await run({
    protocol: 'smtp',
    tls: 'implicit',
    answer: (line) => {
      if (line.startsWith('AUTH')) return '535 5.7.8 Authentication failed\r\n';
      return line === 'NOOP' ? { instead: 'end' } : undefined;
    },
  });
  expect(await client.line()).toMatch(/^220/);
  expect(await client.smtp('AUTH PLAIN AGFkYQBubw==')).toEqual(['535 5.7.8 Authentication failed']);
  client.send('NOOP\r\n');
  await expectRefused(core, client, 'smtp', 'upstream-sign-in-failed');
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis?.code).toBe('wrong-password');
});

test('oauth-only: a password for a server that takes tokens alone is kept back, and the program keeps it', async () => {
  const { core, client, upstream } = await run({
    protocol: 'imap',
    tls: 'starttls',
    inside: { capabilities: ['IMAP4rev1', 'AUTH=XOAUTH2', 'LOGINDISABLED'] },
  });
  expect(await client.line()).toMatch(/^\* OK/);
  expect(await client.imap('a LOGIN ada secret')).toEqual([expect.stringMatching(/^a NO \[UNAVAILABLE\] Postern: /)]);
  const event = await core.event('refused');
  expect(event).toMatchObject({ reason: 'oauth-only', code: 'oauth-needed' });
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal).toMatchObject({ reason: 'oauth-only' });
  expect((await upstream.connection(0)).inside().toString()).not.toContain('secret');
  shown.add('oauth-only');
});

test('an account that Postern signs in for: nothing stored, a wrong local password, and one that is guessed', async () => {
  const authority = createAuthority();
  const upstream = await startFakeUpstream({
    protocol: 'smtp',
    tls: 'implicit',
    identity: issue(authority, { names: ['localhost'] }),
  });
  const core = await startCore({
    authority,
    accounts: [
      {
        name: 'Account',
        signIn: { kind: 'stored', user: 'ada' },
        relays: [relayTo({ protocol: 'smtp', tls: 'implicit', port: upstream.port })],
      },
    ],
  });
  const { password } = await core.proxy.commands.localPassword({ account: 'Account' });
  async function signIn(tried: string): Promise<string> {
    const client = await RawClient.connect(core.port('relay'));
    await client.smtpReply();
    const [answer = ''] = await client.smtp(`AUTH PLAIN ${Buffer.from(`\0x\0${tried}`).toString('base64')}`);
    client.finish();
    return answer;
  }
  expect(await signIn(password)).toMatch(/^454 4\.7\.0 Postern: /);
  shown.add((await core.event('refused', ({ reason }) => reason === 'sign-in-needed')).reason);
  const answers = await Promise.all(Array.from({ length: 35 }, (_, at) => signIn(`guess ${at}`)));
  for (const answer of answers) expect(answer).toMatch(/^535 5\.7\.8 Postern: /);
  shown.add((await core.event('refused', ({ reason }) => reason === 'local-password-wrong')).reason);
  shown.add((await core.event('refused', ({ reason }) => reason === 'too-many-guesses')).reason);
  // With the right one it continues where it was.
  expect(await signIn(password)).toMatch(/^454 4\.7\.0 Postern: /);
});

test('12: a directory that sends the program elsewhere, where the person does not want that', async () => {
  const upstream = await startFakeUpstream({
    protocol: 'ldap',
    tls: 'implicit',
    identity: good,
    answer: (bytes) => (bytes.includes('dc=example') ? reference(2, 'ldap://evil/') : undefined),
  });
  const target = { port: upstream.port, protocol: 'ldap', tls: 'implicit' } as const;
  const core = await startCore({ authority, relays: [relayTo(target, { referrals: 'refuse' })] });
  const client = await RawClient.connect(core.port('relay'));
  client.send(simpleBind(1, 'user', 'secret'));
  await client.bytes(bound(1).length);
  client.send(search(2));
  const heard = (await client.rest()).toString('latin1');
  expect(heard).toContain('1.3.6.1.4.1.1466.20036');
  expect(heard).toContain('Postern: localhost answered that another server');
  expect(heard).not.toContain('evil');
  const event = await core.event('refused');
  expect(event.reason).toBe('referral-to-plaintext');
  shown.add('referral-to-plaintext');
  const { reason, message } = event;
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal).toMatchObject({ reason, message });
});

test('109: what devices may not send', async () => {
  const upstream = await startFakeUpstream({
    protocol: 'smtp',
    tls: 'implicit',
    identity: good,
    inside: { capabilities: ['SIZE 20', 'AUTH PLAIN'] },
    users: { ada: 'correct' },
  });
  const lan = { allow: ['192.168.7.20'], senders: ['scanner@example.org'], recipientsPerHour: 3 };
  const target = { port: upstream.port, protocol: 'smtp', tls: 'implicit' } as const;
  const core = await startCore({ authority, relays: [relayTo(target, { lan, proxyProtocol: ['127.0.0.9'] })] });
  async function device(address: string) {
    const socket = net.connect({ port: core.port('relay'), host: '127.0.0.1', localAddress: '127.0.0.9' });
    await once(socket, 'connect');
    const client = RawClient.over(socket);
    client.send(`PROXY TCP4 ${address} 198.51.100.1 53791 25\r\n`);
    return client;
  }
  async function refusedWith(reason: RefusalReason, words: RegExp, ...lines: string[]) {
    const since = core.events.length;
    const client = await device('192.168.7.20');
    await client.smtpReply();
    await client.smtp('EHLO scanner');
    await client.smtp('AUTH PLAIN AGFkYQBjb3JyZWN0');
    for (const line of lines.slice(0, -1)) expect((await client.smtp(line))[0]).toMatch(/^(?:250|354)/);
    expect((await client.smtp(lines.at(-1) ?? ''))[0]).toMatch(words);
    client.finish();
    expect(await core.event('refused', () => true, since)).toMatchObject({ reason });
    shown.add(reason);
  }
  const mail = 'MAIL FROM:<scanner@example.org>';
  const to = 'RCPT TO:<alice@example.org>';
  await refusedWith('sender-not-allowed', /^550 5\.7\.1 Postern: /, 'MAIL FROM:<eve@example.org>');
  await refusedWith('recipient-not-allowed', /^550 5\.7\.1 Postern: /, mail, 'RCPT TO:<a%b@example.org>');
  await refusedWith('ambiguous-end-of-data', /^554 5\.6\.0 Postern: /, mail, to, 'DATA', 'x\n.\nMAIL FROM:<e@f>');
  await refusedWith('message-too-large', /^552 5\.3\.4 Postern: /, mail, to, 'DATA', `${'x'.repeat(30)}\r\n.`);
  await refusedWith('rate-limited', /^452 4\.5\.3 Postern: /, mail, to, to);
  const stranger = await device('192.168.7.21');
  expect((await stranger.rest()).toString()).toBe('');
  expect(await core.event('refused', ({ code }) => code === 'device-not-allowed')).toMatchObject({
    facts: { from: '192.168.7.21', device: 'not-listed' },
  });
});

test('every word of the contract was shown here', () => {
  // One of them is a program of another user.
  needRoot();
  expect([...shown].sort()).toEqual([...refusalReasons].sort());
});
