import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type ConnectionLimits, letIn } from '../../../main/http/connection-limits.ts';
import { atEnd } from '../../support/clean-up.ts';
import { needRoot } from '../../support/needs.ts';
import { ask } from './ask.ts';

const places = 3;

/** A server with connection limits, which keeps `/wait` waiting. */
async function open(whose: ConnectionLimits['whose']) {
  const turnedAway: string[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/wait') response.setHeader('Connection', 'close').end('served');
    server.emit('asked');
  });
  letIn(server, { places, whose, turnedAway: (why) => turnedAway.push(why) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port, turnedAway };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  atEnd(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test.each(['own', 'own-first', 'any'] as const)('%s: the oldest silent one makes way, with a word', async (whose) => {
  const { port, turnedAway } = await open(whose);
  const silent: Socket[] = [];
  for (let count = 0; count < places; count += 1) silent.push(await connected(port));
  const [first] = silent;
  if (!first) throw new Error('unreachable');
  const told = text(first);
  expect((await ask(port, {})).body).toBe('served');
  expect(await told).toMatch(/^HTTP\/1\.1 429 .*Too many programs ask at once\.\n$/s);
  expect(turnedAway).toEqual(['too-many']);
});

test('who has asked keeps the place, and the next one is told', async () => {
  const { server, port, turnedAway } = await open('any');
  for (let count = 0; count < places; count += 1) {
    const asked = once(server, 'asked');
    (await connected(port)).write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked;
  }
  expect((await ask(port, {})).status).toBe(429);
  expect(turnedAway).toEqual(['too-many']);
});

/** Has another user hold this many connections that have asked for `/wait`. Its output is the status of each that is answered. */
function heldByAnother(port: number, count: number) {
  const script = `
    for (let n = 0; n < ${count}; n += 1) {
      const socket = require('node:net').connect(${port}, '127.0.0.1', () => socket.write('GET /wait HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'));
      socket.once('data', (data) => console.log(String(data).slice(9, 12))).on('error', () => undefined);
    }`;
  const child = spawn(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534, stdio: 'pipe' });
  atEnd(() => child.kill('SIGKILL'));
  return child;
}

test('own-first: another user has places, and takes none of ours', async () => {
  needRoot();
  const { port, turnedAway } = await open('own-first');
  // One more than there are places: once it is refused, the others hold all of theirs.
  const others = heldByAnother(port, places + 1);
  expect(String((await once(others.stdout, 'data'))[0])).toBe('429\n');
  for (let count = 0; count < places; count += 1) await connected(port);
  expect((await ask(port, {})).body).toBe('served');
  expect(turnedAway).toEqual(['too-many', 'too-many']);
});

test('own: another user is told, and does not count', async () => {
  needRoot();
  const { port, turnedAway } = await open('own');
  const others = heldByAnother(port, 1);
  expect(String((await once(others.stdout, 'data'))[0])).toBe('403\n');
  expect((await ask(port, {})).body).toBe('served');
  expect(turnedAway).toEqual(['other-user']);
});
