import { createHash, randomBytes } from 'node:crypto';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createBounds } from '../../../proxy/dialects/bounds.ts';
import type { SignInStep } from '../../../proxy/dialects/dialect.ts';
import { carryChunk, carryText } from '../../../proxy/dialects/smtp/carry.ts';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { ClientIdle } from '../../../proxy/dialects/turn.ts';
import { LineChannel } from '../../../proxy/net/line-channel.ts';
import { kernelBytes } from '../../support/kernel-buffers.ts';
import { type Entry, play } from '../../support/script.ts';

const bounds = { ...createBounds({ recipientsPerHour: 60 }, () => 0), sent: () => undefined };
const goAhead: Entry[] = [
  ['relayed', 'MAIL FROM:<a@example.org>'],
  ['answered', '250 ok'],
  ['relayed', 'RCPT TO:<b@example.org>'],
  ['answered', '250 ok'],
];
const digest = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

test('honest: 110: a large text crosses byte by byte, in pieces of any size', async () => {
  const on = await play(smtp, { knowledge: null, bounds }, [...goAhead, ['relayed', 'DATA'], ['answered', '354 go']]);
  // Any bytes, but no dot between line ends other than CR LF.
  const noise = randomBytes(4_000_000).toString('latin1').replace(/\./g, ',');
  const text = Buffer.from(`..${noise}\r\n..\r\n.x\n\r\n.\r\n`, 'latin1');
  for (let at = 0, size = 1; at < text.length; at += size, size = Math.ceil(size * 1.7) % 200_000) {
    on.program.say(text.subarray(at, at + size));
  }
  expect(digest(Buffer.from(await on.server.take(text.length), 'latin1'))).toBe(digest(text));
  on.server.say('250 taken\r\n');
  expect(await on.program.until(/taken/)).toContain('250 taken');
});

test('so does a large chunk, whatever it holds', async () => {
  const chunk = randomBytes(2_000_000);
  const on = await play(smtp, { knowledge: null, bounds }, [
    ...goAhead,
    ['program raw', Buffer.concat([Buffer.from(`BDAT ${chunk.length} LAST\r\n`), chunk, Buffer.from('NOOP\r\n')])],
    ['server hears', `BDAT ${chunk.length} LAST`],
  ]);
  expect(digest(Buffer.from(await on.server.take(chunk.length), 'latin1'))).toBe(digest(chunk));
  on.server.say('250 taken\r\n');
  expect(await on.server.line()).toBe('NOOP');
});

test('a server that takes nothing holds the program back', async () => {
  const on = await play(smtp, { knowledge: null, bounds }, [...goAhead, ['relayed', 'DATA'], ['answered', '354 go']]);
  on.server.socket.pause();
  const block = Buffer.alloc(1_000_000, 'x');
  let blocks = 0;
  // Until the buffers of both connections are full, and what is written beyond that waits in this process.
  const most = Math.ceil((2 * kernelBytes()) / block.length) + 16;
  while (on.program.socket.writableLength < 8 * block.length && blocks < most) {
    on.program.socket.write(block);
    blocks += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(blocks).toBeLessThan(most);
  expect(on.client.buffered).toBeLessThanOrEqual(256 * 1024);
  on.server.socket.resume();
  on.program.say('\r\n.\r\n');
  const length = blocks * block.length + 5;
  expect((await on.server.take(length)).endsWith('x\r\n.\r\n')).toBe(true);
});

/** A server that has answered before this computer notices that it took the last bytes, as a fast one does. */
function quickServer(answersTo: string): Duplex {
  let heard = '';
  const waiting: (() => void)[] = [];
  return new Duplex({
    highWaterMark: 1,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      heard += chunk.toString('latin1');
      if (!heard.endsWith(answersTo)) return done();
      waiting.push(done);
      this.push('250 taken\r\n');
    },
  });
}

test.each<[string, string, (step: SignInStep, text: string) => Promise<string>]>([
  ['a text', 'x\r\n.\r\n', (step) => carryText(step, null)],
  ['a chunk', 'x'.repeat(100), (step, text) => carryChunk(step, text.length)],
])(
  'the answer of a server to the whole of %s is no answer out of turn, however soon it comes',
  async (_, text, carry) => {
    const program = new PassThrough();
    const upstream = new LineChannel(quickServer(text));
    program.write(text);
    const step = {
      ...{ client: new LineChannel(program), upstream, server: 'mail.example.org' },
      ...{ signal: new AbortController().signal, clientIdleMilliseconds: 60_000 },
    };
    expect(await carry(step as unknown as SignInStep, text)).toBe('whole');
    expect((await upstream.readLine(100, step.signal)).bytes.toString()).toBe('250 taken');
  },
);

test('a server that speaks in the middle of a text, or leaves, is heard at once', async () => {
  for (const speaks of [true, false]) {
    const program = new PassThrough();
    const server = new PassThrough({ allowHalfOpen: true });
    const peer = Duplex.from({ readable: server, writable: new PassThrough().resume() });
    const upstream = new LineChannel(peer);
    const step = {
      ...{ client: new LineChannel(program), upstream, server: 'mail.example.org' },
      ...{ signal: new AbortController().signal, clientIdleMilliseconds: 60_000 },
    };
    const carried = carryText(step as unknown as SignInStep, null);
    program.write('a line\r\n');
    if (speaks) server.write('552 too much\r\n');
    else server.end();
    expect(await carried).toBe('server-spoke');
  }
});

test('a program that says nothing more in the middle of a text is not waited for beyond its time', async () => {
  const program = new PassThrough();
  const upstream = new LineChannel(new PassThrough({ highWaterMark: 1 }));
  const step = {
    ...{ client: new LineChannel(program), upstream, server: 'mail.example.org' },
    ...{ signal: new AbortController().signal, clientIdleMilliseconds: 30 },
  };
  await expect(carryText(step as unknown as SignInStep, null)).rejects.toThrow(ClientIdle);
});
