import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChannelClosed, LineChannel, LineTooLong } from '../../proxy/net/line-channel.ts';

const never = new AbortController().signal;

function pair() {
  const [near, far] = duplexPair();
  far.on('error', () => {});
  return { channel: new LineChannel(near), near, far };
}

describe('readLine', () => {
  test.each([
    ['a whole line', 'NOOP\r\n', 'NOOP', true],
    ['an empty line', '\r\n', '', true],
    ['a bare LF', 'NOOP\n', 'NOOP', false],
    ['a CR inside', 'NO\rOP\r\n', 'NO\rOP', false],
    ['a NUL inside', 'NO\0OP\r\n', 'NO\0OP', false],
  ])('%s', async (_name, sent, text, wellFormed) => {
    const { channel, far } = pair();
    far.write(sent);
    const line = await channel.readLine(512, never);
    expect([line.bytes.toString('latin1'), line.wellFormed]).toEqual([text, wellFormed]);
  });

  test('gives the same lines and leftover whatever the segments are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[ -~]{0,40}$/), { maxLength: 10 }),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.filter((byte) => byte !== 0x0a)),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
        async (lines, rest, cuts) => {
          const { channel, far } = pair();
          const bytes = Buffer.concat([Buffer.from(lines.map((line) => `${line}\r\n`).join('')), rest]);
          let at = 0;
          for (let cut = 0; at < bytes.length; cut += 1) {
            const length = cuts[cut % cuts.length] ?? 1;
            far.write(bytes.subarray(at, at + length));
            at += length;
          }
          const read: string[] = [];
          for (const _line of lines) read.push((await channel.readLine(512, never)).bytes.toString('latin1'));
          expect(read).toEqual(lines);
          if (rest.length > 0) await channel.arrival(never, rest.length - 1);
          expect(Buffer.compare(channel.detach(), Buffer.from(rest))).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a line of exactly the limit passes, one byte more does not, and the line after it is intact', async () => {
    const { channel, far } = pair();
    far.write(`${'x'.repeat(510)}\r\n${'y'.repeat(511)}\r\nnext\r\n`);
    expect((await channel.readLine(512, never)).bytes.length).toBe(510);
    await expect(channel.readLine(512, never)).rejects.toThrow(LineTooLong);
    await channel.skipLine(never);
    expect((await channel.readLine(512, never)).bytes.toString()).toBe('next');
  });

  test('a line without end is dropped while it comes, without being kept', async () => {
    const { channel, far } = pair();
    const block = Buffer.alloc(64 * 1024, 'x');
    far.write(block);
    await expect(channel.readLine(512, never)).rejects.toThrow(LineTooLong);
    for (let sent = 0; sent < 160; sent += 1) {
      await new Promise<void>((resolve) => far.write(block, () => resolve()));
      expect(channel.buffered).toBeLessThanOrEqual(64 * 1024);
    }
    far.write('\r\nnext\r\n');
    await channel.skipLine(never);
    expect((await channel.readLine(512, never)).bytes.toString()).toBe('next');
  });

  test('an end in the middle of a line is no line', async () => {
    const { channel, far } = pair();
    far.end('half');
    await expect(channel.readLine(512, never)).rejects.toThrow(ChannelClosed);
  });

  test('waiting ends with the reason of the signal', async () => {
    const { channel } = pair();
    const stop = new AbortController();
    const waiting = channel.readLine(512, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

test('everyone who waits is woken, and one that gives up takes nobody along', async () => {
  const { channel, far } = pair();
  const stop = new AbortController();
  const [first, given, second] = [channel.arrival(never), channel.arrival(stop.signal), channel.arrival(never)];
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  far.write('x');
  await Promise.all([first, second]);
  const [third, fourth] = [channel.arrival(never, 1), channel.arrival(never, 1)];
  far.end();
  await Promise.all([third, fourth]);
});

describe('back-pressure', () => {
  test('a side that nobody reads is paused once a bounded amount waits', async () => {
    const { channel, near, far } = pair();
    const block = Buffer.alloc(16 * 1024, 'x');
    for (let sent = 0; sent < 64; sent += 1) far.write(block);
    await channel.arrival(never, 64 * 1024);
    expect(near.isPaused()).toBe(true);
    expect(channel.buffered).toBeLessThanOrEqual(128 * 1024);
  });

  test('write waits until the other side reads', async () => {
    const { channel, far } = pair();
    far.pause();
    let written = false;
    const writing = channel.write(Buffer.alloc(1024 * 1024), never).then(() => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(false);
    far.resume();
    await writing;
    expect(written).toBe(true);
  });
});

test('detach hands back what was not read and leaves the stream paused and alive', async () => {
  const { channel, near, far } = pair();
  far.write('line\r\nrest');
  await channel.readLine(512, never);
  await channel.arrival(never, 3);
  expect(channel.detach().toString()).toBe('rest');
  expect(near.isPaused()).toBe(true);
  const later = new Promise((resolve) => near.once('data', resolve));
  near.resume();
  far.write('raw');
  expect(String(await later)).toBe('raw');
});
