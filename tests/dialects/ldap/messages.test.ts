import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMessage } from '../../../proxy/dialects/ldap/messages.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';
import { simpleBind, unbindRequest } from '../../../proxy/protocols/ldap-writer.ts';

const { signal } = new AbortController();

function channel(...pieces: Uint8Array[]) {
  const [near, far] = duplexPair();
  for (const piece of pieces) if (piece.length > 0) far.write(piece);
  return { lines: new LineChannel(near), far };
}

test('messages come one by one, wherever they are split', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 300 }), fc.nat(400), async (password, at) => {
      const two = [simpleBind(1, 'cn=a', password), unbindRequest(2)];
      const all = Buffer.concat(two);
      const { lines } = channel(all.subarray(0, at), all.subarray(at));
      for (const bytes of two) expect(await readMessage(lines, 10_000, signal)).toMatchObject({ bytes });
      expect(lines.buffered).toBe(0);
    }),
  );
});

test('nothing is taken of one that is too long, cannot be read, or has not all come', async () => {
  const bind = simpleBind(1, 'cn=a', 'x'.repeat(100));
  const long = channel(bind).lines;
  expect(await readMessage(long, bind.length - 1, signal)).toBe('too-long');
  expect(long.buffered).toBe(bind.length);
  expect(await readMessage(long, bind.length, signal)).toMatchObject({ bytes: bind });
  expect(await readMessage(channel(Buffer.from('EHLO me\r\n')).lines, 100, signal)).toBe('malformed');
  const behind = Buffer.from('300702010142000400', 'hex');
  expect(await readMessage(channel(behind).lines, 100, signal)).toBe('malformed');
  const stop = new AbortController();
  const half = channel(bind.subarray(0, 20)).lines;
  const reading = readMessage(half, 1000, stop.signal);
  await half.arrival(signal, 19);
  stop.abort(new Error('stopped'));
  await expect(reading).rejects.toThrow('stopped');
  expect(half.buffered).toBe(20);
});

test('an end within a message is one', async () => {
  const { lines, far } = channel(unbindRequest(2).subarray(0, 4));
  far.end();
  await expect(readMessage(lines, 100, signal)).rejects.toMatchObject({ name: 'ChannelClosed' });
});
