import { once } from 'node:events';
import type net from 'node:net';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { carrier } from '../../proxy/session/carrier.ts';
import { createSlabs } from '../../proxy/session/slabs.ts';
import { connection } from '../support/connection.ts';

/** A carrier between two connections: the two sockets that it uses, and the receiver. */
async function carried({ slabBytes = 1000, holdAbove = 64 * 1024 } = {}) {
  const [{ near: from }, { near: to, far: receiver }] = await Promise.all([connection(), connection()]);
  return { from, to, receiver, carrier: carrier(from, to, createSlabs(slabBytes, 2), holdAbove) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function read(receiver: net.Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let got = 0; got < bytes; ) {
    const [chunk] = (await once(receiver, 'data')) as [Buffer];
    chunks.push(chunk);
    got += chunk.length;
  }
  return Buffer.concat(chunks);
}

test('what comes in one turn goes out in one write', async () => {
  const { to, receiver, carrier } = await carried();
  const writes = vi.spyOn(to, 'write');
  for (const word of ['one ', 'two ', 'three']) carrier.gather(Buffer.from(word));
  expect(writes).not.toHaveBeenCalled();
  expect(carrier.empty).toBe(false);
  expect((await read(receiver, 13)).toString()).toBe('one two three');
  expect(writes).toHaveBeenCalledTimes(1);
  expect(carrier.empty).toBe(true);
});

test('a full slab does not wait for the end of the turn', async () => {
  const { to, carrier } = await carried({ slabBytes: 10 });
  const writes = vi.spyOn(to, 'write');
  carrier.gather(Buffer.alloc(25));
  expect(writes.mock.calls.map(([piece]) => (piece as unknown as Buffer).length)).toEqual([10, 10]);
});

test('what was gathered goes out when it is asked for, and once', async () => {
  const { to, receiver, carrier } = await carried();
  const writes = vi.spyOn(to, 'write');
  carrier.gather(Buffer.from('last words'));
  carrier.flush();
  expect(writes).toHaveBeenCalledTimes(1);
  expect((await read(receiver, 10)).toString()).toBe('last words');
  await turn();
  expect(writes).toHaveBeenCalledTimes(1);
});

test('what is passed goes out at once', async () => {
  const { to, receiver, carrier } = await carried();
  const writes = vi.spyOn(to, 'write');
  carrier.pass(Buffer.from('now'));
  expect(writes).toHaveBeenCalledTimes(1);
  expect((await read(receiver, 3)).toString()).toBe('now');
});

test.each([
  { way: 'gathered', holdAbove: 1 },
  { way: 'gathered', holdAbove: 64 * 1024 },
  { way: 'passed', holdAbove: 1 },
] as const)('who sends is held while a receiver does not read what was $way, and reads on after', async (how) => {
  const { from, to, receiver, carrier } = await carried({ slabBytes: 96 * 1024, holdAbove: how.holdAbove });
  receiver.pause();
  let sent = 0;
  // More than the kernel accepts.
  while (!from.isPaused()) {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    sent += chunk.length;
    if (how.way === 'gathered') carrier.gather(chunk);
    else carrier.pass(chunk);
    await turn();
    if (sent > 64 * 1024 * 1024) throw new Error('was never held');
  }
  expect(to.writableLength).toBeGreaterThan(0);
  const resumed = once(from, 'resume');
  const arrived = read(receiver, sent);
  receiver.resume();
  await Promise.all([arrived, resumed]);
  expect(to.writableLength).toBe(0);
  expect(from.isPaused()).toBe(false);
});

test('nothing is lost, doubled or out of order, whatever the sizes and the ways', async () => {
  const { receiver, carrier } = await carried({ slabBytes: 700, holdAbove: 1 });
  const step = fc.record({
    bytes: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
    way: fc.constantFrom('gather', 'pass', 'flush'),
    pause: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const expected = Buffer.concat(steps.map(({ bytes }) => bytes));
      const arrived = read(receiver, expected.length);
      for (const { bytes, way, pause } of steps) {
        const chunk = Buffer.from(bytes);
        // A chunk that overtakes waiting ones would be out of order: passing is only for when nothing waits.
        if (way === 'pass' && carrier.empty) carrier.pass(chunk);
        else carrier.gather(chunk);
        if (way === 'flush') carrier.flush();
        if (pause) await turn();
      }
      expect((await arrived).equals(expected)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
