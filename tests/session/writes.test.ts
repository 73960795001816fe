import { once } from 'node:events';
import type net from 'node:net';
import type tls from 'node:tls';
import { expect, test, vi } from 'vitest';
import { release } from '../../proxy/net/release.ts';
import { splice } from '../../proxy/session/splice.ts';
import { connection } from '../support/connection.ts';
import { issue } from '../support/pki.ts';
import { authority, reach, secure, serve } from '../trust/support.ts';

// Speed without a clock: how many writes and how much memory a transfer of fixed size takes.

const identity = issue(authority, { names: ['mail.example.org'] });
const mebibyte = 1024 * 1024;
const nothing = Buffer.alloc(0);

/** A program and a server whose bytes go into reused buffers, so that only Postern's own memory shows. */
async function connected() {
  const server = await serve(identity);
  const transport = await reach(server.port);
  const verified = await secure(transport, { port: server.port });
  verified.socket.pause();
  const [upstream] = await server.accepted(1);
  if (!upstream) throw new Error('no connection');
  upstream.on('data', release);

  let arrived = 0;
  let wake = () => {};
  const { near: client, far: program } = await connection({
    onread: {
      buffer: Buffer.allocUnsafeSlow(64 * 1024),
      callback(length: number) {
        arrived += length;
        wake();
        return true;
      },
    },
  });
  client.pause();
  return {
    client,
    program,
    upstream,
    server,
    secured: verified.socket,
    splice: () => void splice(client, verified, { fromClient: nothing, fromUpstream: nothing }),
    async untilArrived(bytes: number) {
      while (arrived < bytes) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function pour(into: net.Socket | tls.TLSSocket, bytes: number): Promise<void> {
  const block = Buffer.alloc(64 * 1024, 'x');
  for (let left = bytes; left > 0; left -= block.length) {
    if (!into.write(block)) await once(into, 'drain');
  }
}

/** The largest growth of buffer memory; uncollected garbage counts until the collector has run. */
async function growth(transfer: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 1);
  await transfer();
  clearInterval(look);
  return Math.max(most, process.memoryUsage().arrayBuffers - before);
}

test('small records that wait together go to the program in few writes', async () => {
  const { client, upstream, splice, untilArrived } = await connected();
  const records = 64;
  const size = 1400;
  upstream.setMaxSendFragment(size);
  await new Promise<void>((resolve) => upstream.write(Buffer.alloc(records * size, 'x'), () => resolve()));
  const writes = vi.spyOn(client, 'write');
  splice();
  await untilArrived(records * size);
  // Two slabs hold them all; the kernel may hand them over in a few pieces.
  expect(writes.mock.calls.length).toBeLessThanOrEqual(records / 8);
});

test('whole records that wait together go to the program in few writes', async () => {
  const { client, upstream, splice, untilArrived } = await connected();
  const records = 32;
  const size = 16 * 1024;
  await new Promise<void>((resolve) => upstream.write(Buffer.alloc(records * size, 'x'), () => resolve()));
  const writes = vi.spyOn(client, 'write');
  splice();
  await untilArrived(records * size);
  // A slab holds six; the kernel hands them over in pieces of its own.
  expect(writes.mock.calls.length).toBeLessThanOrEqual(records / 2);
});

test('what waits together at the program goes to the server in few writes', async () => {
  const { program, upstream, server, secured, splice } = await connected();
  const bytes = mebibyte;
  await new Promise<void>((resolve) => program.write(Buffer.alloc(bytes, 'x'), () => resolve()));
  const writes = vi.spyOn(secured, 'write');
  splice();
  while (server.received() < bytes) await once(upstream, 'data');
  // Three reads of 64 KiB become one write.
  expect(writes.mock.calls.length).toBeLessThanOrEqual(8);
});

test('no write carries less than a whole record, however large the transfer', async () => {
  const { client, upstream, splice, untilArrived } = await connected();
  const writes = vi.spyOn(client, 'write');
  splice();
  await Promise.all([pour(upstream, 8 * mebibyte), untilArrived(8 * mebibyte)]);
  const records = (8 * mebibyte) / (16 * 1024);
  expect(writes.mock.calls.length).toBeGreaterThan(0);
  expect(writes.mock.calls.length).toBeLessThanOrEqual(records);
});

test.runIf('transfer' in ArrayBuffer.prototype)('what is carried down leaves no memory for the collector', async () => {
  const { upstream, splice, untilArrived } = await connected();
  splice();
  const grown = await growth(async () => {
    await Promise.all([pour(upstream, 8 * mebibyte), untilArrived(8 * mebibyte)]);
  });
  expect(grown).toBeLessThan(2 * mebibyte);
});

test.runIf('transfer' in ArrayBuffer.prototype)('what is carried up leaves no memory for the collector', async () => {
  const { program, upstream, server, splice } = await connected();
  splice();
  const grown = await growth(async () => {
    await pour(program, 8 * mebibyte);
    while (server.received() < 8 * mebibyte) await once(upstream, 'data');
  });
  expect(grown).toBeLessThan(2 * mebibyte);
});
