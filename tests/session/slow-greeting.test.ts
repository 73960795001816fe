import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { relayTo, startCore } from '../support/core.ts';
import { RawClient } from '../support/raw-client.ts';

// A server that has begun its greeting is slow on purpose (postscreen, tarpits); one that has not is silent.

/** A server that greets as told: `lines`, each this many milliseconds after the previous one; then it expects TLS. */
async function slowServer(...lines: [milliseconds: number, line: string][]) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard.push(chunk.toString().trim());
      socket.write(chunk.toString().startsWith('EHLO') ? '250-x\r\n250 STARTTLS\r\n' : '454 not now\r\n');
    });
    let at = 0;
    for (const [milliseconds, line] of lines) {
      at += milliseconds;
      const timer = setTimeout(() => socket.write(`${line}\r\n`), at);
      socket.once('close', () => clearTimeout(timer));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

async function greeted(port: number, connectTimeoutSeconds = 1): Promise<string> {
  const core = await startCore({
    relays: [relayTo({ port, protocol: 'smtp', tls: 'starttls' })],
    settings: { connectTimeoutSeconds },
  });
  const client = await RawClient.connect(core.port('relay'));
  return client.line();
}

test('one that goes on after more than the time of an attempt is heard to its end', async () => {
  const { port, heard } = await slowServer([300, '220-be patient'], [3200, '220 now']);
  expect(await greeted(port, 3)).toMatch(/did not start it when asked.*454|454.*turned/);
  expect(heard).toEqual(['EHLO [127.0.0.1]', 'STARTTLS']);
});

test('16, 58: one that never ends is given up, and no other TLS mode is hinted at', async () => {
  const { port } = await slowServer(
    [0, '220-be'],
    [800, '220-very'],
    [800, '220-very'],
    [800, '220-very'],
    [800, '220-very'],
  );
  const told = await greeted(port);
  const [, seconds] = /: the rest of its greeting took more than ([\d.]+) s\. (?!.*implicit)/.exec(told) ?? [];
  expect(Number(seconds), told).toBeGreaterThanOrEqual(3);
});

test('one that has said nothing is given up in the time of an attempt, with the hint', async () => {
  const { port } = await slowServer();
  expect(await greeted(port)).toMatch(/: its greeting took more than 1 s\. .*At once/);
});
