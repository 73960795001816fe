import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { listenerOptions } from '../../proxy/net/listener.ts';
import { acceptTls, localTlsContext, resetConnection, takesOldTls, tlsVersionOf } from '../../proxy/net/local-tls.ts';
import { Refused } from '../../proxy/net/refused.ts';
import { bunProgram } from '../support/bun.ts';
import { atEnd } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { selfSigned } from '../support/pki.ts';
import { mustRun, runProgram } from '../support/programs.ts';

const identity = selfSigned({ names: ['postern.test'], key: 'rsa2048' });
const local = { certificate: identity.certPem, key: identity.keyPem };
const newer = localTlsContext(local, false);
const older = localTlsContext(local, true);

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Accepted {
  raw: Socket;
  outcome: Promise<{ socket?: Socket; refused?: Refused }>;
}

/** Listens as a relay does, and makes each connection one in TLS. */
async function listener(context: tls.SecureContext, signal = new AbortController().signal, milliseconds?: number) {
  const accepted: Accepted[] = [];
  const server = createServer(listenerOptions, (raw) => {
    raw.on('error', () => {});
    const outcome = acceptTls(raw, context, signal, milliseconds).then(
      (socket) => ({ socket }),
      (error: unknown) => {
        if (error instanceof Refused) return { refused: error };
        throw error;
      },
    );
    accepted.push({ raw, outcome });
    server.emit('accepted');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  const next = async () => {
    while (accepted.length === 0) await once(server, 'accepted');
    return accepted.shift() as Accepted;
  };
  return { port: (server.address() as AddressInfo).port, next };
}

function device(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  open.push(() => socket.destroy());
  return socket;
}

const only = (version: tls.SecureVersion) => ({
  minVersion: version,
  maxVersion: version,
  ciphers: 'ALL:@SECLEVEL=0',
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a device with %s is heard and answered', async (version) => {
  const { port, next } = await listener(newer);
  const socket = device(port, only(version));
  const { outcome } = await next();
  const { socket: secured } = await outcome;
  expect(secured?.isPaused()).toBe(true);
  expect(secured && tlsVersionOf(secured)).toBe(version);
  expect(secured?.remoteAddress).toBe('127.0.0.1');
  secured?.write('220 x\r\n');
  expect((await once(socket, 'data')).toString()).toBe('220 x\r\n');
});

describe('111: TLS 1.0 and 1.1', () => {
  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not taken, and the reason is told by its name', async (version) => {
    const { port, next } = await listener(newer);
    device(port, only(version));
    const { refused } = await (await next()).outcome;
    expect(refused).toMatchObject({ reason: 'device-tls-failed', finding: { code: 'device-tls-too-old' } });
    expect(refused?.message).toContain('"oldTls": true');
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)('honest: 111: %s is taken where that was asked for', async (version) => {
    const { port, next } = await listener(older);
    device(port, only(version));
    const { socket } = await (await next()).outcome;
    expect(socket && tlsVersionOf(socket)).toBe(version);
  });

  test('whether this build’s library has them is found out by a greeting', async () => {
    expect(await takesOldTls(older)).toBe(true);
    expect(await takesOldTls(newer)).toBe(false);
  });
});

test.each([
  ['-tls1_2', 'device-distrusts-postern'],
  ['-tls1_3', 'device-distrusts-postern'],
])('a device that turns the certificate down (%s) is told of as what it is', async (version, code) => {
  const { port, next } = await listener(newer);
  const words = [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    version,
    '-verify_return_error',
    '-no-CAfile',
    '-no-CApath',
  ];
  const ended = runProgram(needProgram('openssl'), words);
  const { refused } = await (await next()).outcome;
  expect(refused?.finding.code).toBe(code);
  await ended;
});

test.each<[string, string | Uint8Array]>([
  ['plaintext', 'EHLO x\r\n'],
  ['a web page', 'GET / HTTP/1.1\r\n\r\n'],
  ['a broken record', Buffer.from('16030100050100000103', 'hex')],
])('%s is no handshake', async (_, bytes) => {
  const { port, next } = await listener(newer);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  const { outcome, raw } = await next();
  socket.end();
  expect((await outcome).refused?.finding.code).toBe('device-tls-failed');
  expect(raw.destroyed).toBe(true);
});

test('one that never begins is not waited for', async () => {
  const { port, next } = await listener(newer, undefined, 20);
  const socket = connect(port, '127.0.0.1');
  open.push(() => socket.destroy());
  const { outcome, raw } = await next();
  expect((await outcome).refused?.finding.code).toBe('device-tls-failed');
  expect(raw.destroyed).toBe(true);
});

test('a handshake ends with its signal, and with its own reason', async () => {
  const over = new AbortController();
  const { port, next } = await listener(newer, over.signal);
  const socket = connect(port, '127.0.0.1');
  open.push(() => socket.destroy());
  const { outcome } = await next();
  const why = new Refused('device-tls-failed', { code: 'device-tls-failed' });
  over.abort(why);
  expect((await outcome).refused).toBe(why);
});

test('what was read before the handshake and put back belongs to it', async () => {
  const server = createServer(listenerOptions);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  const socket = device((server.address() as AddressInfo).port);
  const [raw] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(raw, 'data')) as [Buffer];
  raw.pause();
  raw.unshift(hello);
  const secured = await acceptTls(raw, newer, new AbortController().signal);
  secured.write('x');
  expect((await once(socket, 'data')).toString()).toBe('x');
});

test.each(['in TLS', 'in plaintext'])('a reset of a connection %s is one', async (how) => {
  const { port, next } = await listener(newer);
  const inTls = how === 'in TLS';
  const socket = inTls ? device(port) : connect(port, '127.0.0.1');
  const { outcome, raw } = await next();
  const { socket: secured } = inTls ? await outcome : { socket: raw };
  const ended = once(socket, 'error');
  resetConnection(secured ?? raw);
  const [error] = (await ended) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  if (!inTls) await outcome;
});

test('111: BoringSSL, the library of the tray app, takes TLS 1.0 where that was asked for, and only there', async () => {
  const script = fileURLToPath(new URL('./support/old-tls.ts', import.meta.url));
  const { stdout } = await mustRun(bunProgram(), [script], { input: JSON.stringify(local) });
  expect(JSON.parse(stdout.toString())).toEqual({ newer: false, older: true });
});
