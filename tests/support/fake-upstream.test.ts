import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { ByteStream } from './byte-stream.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from './fake-upstream.ts';
import { type LineProtocol, lineProtocols } from './line-protocols.ts';
import { createAuthority, issue } from './pki.ts';

const authority = createAuthority();
const identity = issue(authority, { names: ['mail.example.test'] });

async function plainly(port: number): Promise<{ socket: Socket; stream: ByteStream }> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return { socket, stream: new ByteStream(socket) };
}

async function securely(on: Socket): Promise<{ socket: Socket; stream: ByteStream }> {
  const socket = connectTls({
    socket: on,
    host: 'mail.example.test',
    servername: 'mail.example.test',
    ca: authority.certPem,
  });
  await once(socket, 'secureConnect');
  return { socket, stream: new ByteStream(socket) };
}

const words: Record<LineProtocol, { ask: string; starttls: string; signIn: string; welcome: RegExp; secret: string }> =
  {
    smtp: {
      ask: 'EHLO me',
      starttls: 'STARTTLS',
      signIn: `AUTH PLAIN ${Buffer.from('\0user\0secret').toString('base64')}`,
      welcome: /^235 /,
      secret: Buffer.from('\0user\0secret').toString('base64'),
    },
    imap: {
      ask: 'a CAPABILITY',
      starttls: 'b STARTTLS',
      signIn: 'c LOGIN user {6+}\r\nsecret',
      welcome: /^c OK/,
      secret: 'secret',
    },
    pop3: {
      ask: 'CAPA',
      starttls: 'STLS',
      signIn: 'USER user\r\nPASS secret',
      welcome: /^\+OK Welcome/,
      secret: 'secret',
    },
    nntp: {
      ask: 'CAPABILITIES',
      starttls: 'STARTTLS',
      signIn: 'AUTHINFO USER user\r\nAUTHINFO PASS secret',
      welcome: /^281 /,
      secret: 'secret',
    },
  };

async function until(stream: ByteStream, pattern: RegExp): Promise<string> {
  for (;;) {
    const line = await stream.line();
    if (pattern.test(line)) return line;
  }
}

describe.each([...lineProtocols])('a scripted %s server', (protocol) => {
  const { ask, starttls, signIn, welcome, secret } = words[protocol];
  const goAhead = /^(220 2|b OK|\+OK Begin|382 )/;
  const start = (options: Partial<FakeUpstreamOptions>) =>
    startFakeUpstream({ protocol, tls: 'starttls', identity, ...options });

  test('keeps apart what it heard before TLS and inside', async () => {
    const upstream = await start({});
    const plain = await plainly(upstream.port);
    plain.socket.write(`${ask}\r\n${starttls}\r\n`);
    await until(plain.stream, goAhead);
    plain.stream.detach();
    const inside = await securely(plain.socket);
    inside.socket.write(`${signIn}\r\n`);
    expect(await until(inside.stream, welcome)).toMatch(welcome);
    const connection = await upstream.connection(0);
    expect(connection.plaintext().toString()).toBe(`${ask}\r\n${starttls}\r\n`);
    expect(connection.inside().toString()).toContain(secret);
    expect(connection).toMatchObject({ secured: true, serverName: 'mail.example.test', user: 'user', stage: 'inside' });
    inside.socket.destroy();
  });

  test('speaks TLS from the first byte, byte by byte if so told', async () => {
    const upstream = await start({ tls: 'implicit', segment: 1 });
    const { socket } = await plainly(upstream.port);
    const inside = await securely(socket);
    inside.socket.write(`${signIn}\r\n`);
    expect(await until(inside.stream, welcome)).toMatch(welcome);
    expect((await upstream.connection(0)).plaintext()).toHaveLength(0);
    inside.socket.destroy();
  });

  test('puts bytes behind the go-ahead', async () => {
    const upstream = await start({ plain: { behind: 'injected\r\n' } });
    const { socket, stream } = await plainly(upstream.port);
    socket.write(`${ask}\r\n${starttls}\r\n`);
    await until(stream, goAhead);
    expect(await stream.line()).toBe('injected');
    socket.write('no TLS\r\n');
    expect(await stream.ended).toBe('end');
    expect((await upstream.connection(0)).plaintext().toString()).toContain('no TLS');
  });

  test('says other things, or resets, as it is told', async () => {
    const upstream = await start({ plain: { greeting: 'hello\r\n' }, answer: () => ({ instead: 'reset' }) });
    const { socket, stream } = await plainly(upstream.port);
    expect(await stream.line()).toBe('hello');
    socket.write(`${ask}\r\n`);
    expect(await stream.ended).toBe('reset');
  });

  test.each([
    ['before TLS', { tls: 'implicit' }],
    ['while it is silent', { tls: 'implicit', handshake: { first: true, reply: { instead: 'silence' } } }],
    ['before a greeting that never comes', { plain: { greeting: { instead: 'silence' } } }],
    ['in the middle of its handshake', { tls: 'implicit' }, Buffer.from('1603010200', 'hex')],
  ] as const)('lets go of a client that leaves %s', async (_when, options, said: Buffer = Buffer.alloc(0)) => {
    const upstream = await start(options);
    const { socket } = await plainly(upstream.port);
    socket.end(said);
    const connection = await upstream.connection(0);
    if (!connection.socket.destroyed) await once(connection.socket, 'close');
    expect(connection.secured).toBe(false);
  });

  test.each([
    ['end', 'with', true],
    ['cut', 'without', false],
  ] as const)('ends inside TLS by "%s": %s close_notify', async (instead, _, alerts) => {
    const tlsOptions = { maxVersion: 'TLSv1.2' as const };
    const upstream = await start({ tls: 'implicit', tlsOptions, inside: { greeting: { instead } } });
    const wire: Buffer[] = [];
    const tap = createServer((near) => {
      const far = connect({ port: upstream.port, host: '127.0.0.1' });
      far.on('data', (chunk: Buffer) => wire.push(chunk));
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => {});
    });
    tap.listen(0, '127.0.0.1');
    await once(tap, 'listening');
    const { socket } = await plainly((tap.address() as AddressInfo).port);
    const inside = await securely(socket);
    await inside.stream.ended;
    tap.close();
    socket.destroy();
    // 21: a record of the alert type, in the clear in TLS 1.2 (RFC 5246 §6.2.1).
    expect(recordTypes(Buffer.concat(wire)).includes(21)).toBe(alerts);
  });
});

function recordTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes.readUInt8(at));
  return types;
}
