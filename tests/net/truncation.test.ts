import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { endOnlyByCloseNotify, UpstreamTruncated } from '../../proxy/net/truncation.ts';
import type { UpstreamTransport } from '../../proxy/net/upstream-transport.ts';

/** A stream in the place of the TLS socket, and a transport of which only the FIN matters. */
function stage() {
  const tls = new PassThrough();
  tls.pause();
  const transport = new EventEmitter() as unknown as UpstreamTransport;
  endOnlyByCloseNotify(tls, transport);
  const outcome = new Promise<unknown>((resolve) => {
    tls.once('error', resolve);
    tls.once('end', () => resolve('end'));
  });
  return { tls, transport, outcome };
}

test('a FIN alone is a truncation', async () => {
  const { tls, transport, outcome } = stage();
  tls.resume();
  transport.emit('fin');
  expect(await outcome).toBeInstanceOf(UpstreamTruncated);
});

test('a FIN alone is a truncation too while nobody reads', async () => {
  const { transport, outcome } = stage();
  transport.emit('fin');
  expect(await outcome).toBeInstanceOf(UpstreamTruncated);
});

test('close_notify and then a FIN is an end, whether somebody reads or not', async () => {
  const reading = stage();
  reading.tls.resume();
  reading.tls.end();
  reading.transport.emit('fin');
  expect(await reading.outcome).toBe('end');

  const waiting = stage();
  waiting.tls.end();
  waiting.transport.emit('fin');
  expect(await waiting.outcome).toBe('end');
});

test('what was received is read before the truncation is told', async () => {
  const { tls, transport, outcome } = stage();
  const read: string[] = [];
  tls.on('data', (chunk) => read.push(String(chunk)));
  tls.pause();
  tls.write('received');
  transport.emit('fin');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(tls.destroyed).toBe(false);
  tls.resume();
  expect(await outcome).toBeInstanceOf(UpstreamTruncated);
  expect(read).toEqual(['received']);
});
