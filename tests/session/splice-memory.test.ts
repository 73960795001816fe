import type net from 'node:net';
import { expect, test } from 'vitest';
import { splice } from '../../proxy/session/splice.ts';
import { connection } from '../support/connection.ts';
import { issue } from '../support/pki.ts';
import { authority, reach, secure, serve } from '../trust/support.ts';

const identity = issue(authority, { names: ['mail.example.org'] });

/** The promise: each direction holds less than this that has not been passed on, whatever the kernel holds. */
const bound = 256 * 1024;

/** A splice. The test holds both far ends, and sees what Postern has read and what it has written. */
async function spliced() {
  const server = await serve(identity);
  const transport = await reach(server.port);
  const verified = await secure(transport, { port: server.port });
  verified.socket.pause();
  const { near: client, far: program } = await connection();
  program.on('error', () => {});
  client.pause();
  void splice(client, verified, { fromClient: Buffer.alloc(0), fromUpstream: Buffer.alloc(0) });
  const [upstream] = await server.accepted(1);
  if (!upstream) throw new Error('no connection');
  const secured = verified.socket;
  // Received bytes are counted as transmitted: slightly more than their contents.
  const receivedBefore = transport.bytesRead;
  const writtenBefore = secured.bytesWritten;
  const passedOn = (socket: net.Socket) => socket.bytesWritten - socket.writableLength;
  return {
    program,
    upstream,
    heldDown: () => transport.bytesRead - receivedBefore - passedOn(client),
    heldUp: () => client.bytesRead - (passedOn(secured) - writtenBefore),
  };
}

/** Writes until nothing has moved for a while, and returns the most that was held in the meantime. */
async function flood(into: net.Socket, held: () => number): Promise<{ most: number; sent: number }> {
  const block = Buffer.alloc(64 * 1024, 'x');
  let most = 0;
  let sent = 0;
  let still = 0;
  while (still < 200) {
    if (into.writableLength > 1024 * 1024) {
      still += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    } else {
      still = 0;
      into.write(block);
      sent += block.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    most = Math.max(most, held());
  }
  return { most, sent };
}

test('62: a mail program that does not read holds less than 256 KiB', async () => {
  const { program, upstream, heldDown } = await spliced();
  program.pause();
  const { most, sent } = await flood(upstream, heldDown);
  expect(sent).toBeGreaterThan(bound);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(bound);
});

test('62: a server that does not read holds less than 256 KiB', async () => {
  const { program, upstream, heldUp } = await spliced();
  upstream.pause();
  const { most, sent } = await flood(program, heldUp);
  expect(sent).toBeGreaterThan(bound);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(bound);
});
