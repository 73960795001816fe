import { once } from 'node:events';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../../proxy/practice/certificate.ts';
import { startTlsServer } from '../../proxy/practice/server.ts';
import { atEnd } from '../support/clean-up.ts';

const identity = makeSelfSignedCertificate('practice.localhost');

function connect(port: number) {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'practice.localhost', ca: identity.cert });
  socket.on('error', () => undefined);
  atEnd(() => socket.destroy());
  return socket;
}

async function textOf(socket: tls.TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

test('each connection gets a conversation over TLS, and ends with it', async () => {
  const server = await startTlsServer(identity, 60_000, async (channel, signal) => {
    const { bytes } = await channel.readLine(100, signal);
    await channel.write(`you said ${bytes}\r\n`, signal);
  });
  const socket = connect(server.port);
  socket.write('hello\r\n');
  expect(await textOf(socket)).toBe('you said hello\r\n');
  await server.stop();
});

test('a conversation that fails ends its connection alone', async () => {
  const server = await startTlsServer(identity, 60_000, async (channel, signal) => {
    await channel.write('one\r\n', signal);
    throw new Error('a mistake');
  });
  await textOf(connect(server.port));
  expect(await textOf(connect(server.port))).toContain('one');
  await server.stop();
});

test('a silent connection is ended', async () => {
  const server = await startTlsServer(identity, 50, async (channel, signal) => {
    await channel.readLine(100, signal);
  });
  expect(await textOf(connect(server.port))).toBe('');
  await server.stop();
});

test('stopping ends what is open, and nobody listens any more', async () => {
  const server = await startTlsServer(identity, 60_000, async (channel, signal) => {
    await channel.write('here\r\n', signal);
    await channel.readLine(100, signal);
  });
  const socket = connect(server.port);
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await server.stop();
  await closed;
  const refused = connect(server.port);
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});
