import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ClientIdle, firstBytes, nextTurn } from '../../proxy/dialects/turn.ts';
import { LineChannel } from '../../proxy/net/line-channel.ts';

function begin() {
  const [clientNear, program] = duplexPair();
  const [serverNear, server] = duplexPair();
  const stop = new AbortController();
  const client = new LineChannel(clientNear);
  const upstream = new LineChannel(serverNear);
  return { client, upstream, program, server, stop };
}

describe('the next turn', () => {
  const turn = (on: ReturnType<typeof begin>, idle = 60_000) =>
    nextTurn(on.upstream, (signal) => on.client.readLine(100, signal), idle, on.stop.signal);

  test("is the mail program's when it sends a line", async () => {
    const on = begin();
    const next = turn(on);
    on.program.write('NOOP\r\n');
    expect(await next).toMatchObject({ kind: 'client', said: { bytes: Buffer.from('NOOP'), wellFormed: true } });
  });

  test("is the server's when it speaks or leaves, and half a line of the program waits", async () => {
    for (const leaves of [false, true]) {
      const on = begin();
      on.program.write('NO');
      const next = turn(on);
      if (leaves) on.server.end();
      else on.server.write('x');
      expect(await next).toEqual({ kind: 'server' });
      on.program.write('OP\r\n');
      expect((await on.client.readLine(100, on.stop.signal)).bytes.toString()).toBe('NOOP');
    }
  });

  test('loses no line when both speak at once', async () => {
    const on = begin();
    const next = turn(on);
    on.program.write('NOOP\r\n');
    on.server.write('x');
    const first = await next;
    const line = first.kind === 'client' ? first.said : await on.client.readLine(100, on.stop.signal);
    expect(line.bytes.toString()).toBe('NOOP');
    expect(on.upstream.peek().toString()).toBe('x');
  });

  test('is nobody’s for too long', async () => {
    await expect(turn(begin(), 5)).rejects.toBeInstanceOf(ClientIdle);
  });

  test('a line that is too long, a program that hangs up, an end from outside', async () => {
    const long = begin();
    const tooLong = turn(long);
    long.program.write(`${'x'.repeat(200)}\r\n`);
    await expect(tooLong).rejects.toMatchObject({ name: 'LineTooLong' });

    const gone = begin();
    const hangsUp = turn(gone);
    gone.program.end();
    await expect(hangsUp).rejects.toMatchObject({ name: 'ChannelClosed' });

    const ended = begin();
    const outcome = turn(ended);
    ended.stop.abort(new Error('stopping'));
    await expect(outcome).rejects.toThrow('stopping');
  });
});

describe('the first bytes', () => {
  test.each(['program', 'server'] as const)('of the %s are waited for, and left where they are', async (side) => {
    const on = begin();
    const first = firstBytes(on.client, on.upstream, 60_000, on.stop.signal);
    on[side].write('\x16');
    await first;
    expect((side === 'program' ? on.client : on.upstream).peek().toString()).toBe('\x16');
  });

  test('need not come', async () => {
    const on = begin();
    await expect(firstBytes(on.client, on.upstream, 5, on.stop.signal)).rejects.toBeInstanceOf(ClientIdle);
    expect(on.client.buffered + on.upstream.buffered).toBe(0);
  });

  test('end from outside', async () => {
    const on = begin();
    const first = firstBytes(on.client, on.upstream, 60_000, on.stop.signal);
    on.stop.abort(new Error('stopping'));
    await expect(first).rejects.toThrow('stopping');
  });
});
