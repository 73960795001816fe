import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LineChannel } from '../../proxy/net/line-channel.ts';
import { createSilentDials, type SilentDial } from '../../proxy/session/silent-dials.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function program() {
  const stream = new PassThrough();
  return { stream, lines: new LineChannel(stream) };
}

/** Has as many silent programs as may be dialled for at the same time. */
async function full() {
  const dials = createSilentDials();
  const given = await Promise.all(Array.from({ length: 20 }, () => dials.turn(program().lines)));
  expect(given.every((dial) => typeof dial === 'object' && dial !== null)).toBe(true);
  return { dials, given: given as SilentDial[] };
}

/** The answer, if there is one by now. */
async function soon<T>(answer: Promise<T>): Promise<T | 'waits'> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  return Promise.race([answer, Promise.resolve('waits' as const)]);
}

describe('84: programs that are silent when twenty others have been dialled for in vain', () => {
  test('have a turn each second, the newest first', async () => {
    const { dials } = await full();
    const older = dials.turn(program().lines);
    const newer = dials.turn(program().lines);
    vi.advanceTimersByTime(999);
    expect([await soon(older), await soon(newer)]).toEqual(['waits', 'waits']);
    vi.advanceTimersByTime(2);
    expect([await soon(older), await soon(newer)]).toEqual(['waits', expect.anything()]);
    vi.advanceTimersByTime(1000);
    expect(await soon(older)).toEqual(expect.objectContaining({ giveBack: expect.any(Function) }));
  });

  test('are told no when they have waited for ten seconds', async () => {
    const { dials } = await full();
    const turn = dials.turn(program().lines);
    for (let second = 0; second < 10; second += 1) {
      expect(await soon(turn)).toBe('waits');
      const newer = dials.turn(program().lines);
      vi.advanceTimersByTime(1000);
      expect(await soon(newer)).toEqual(expect.objectContaining({ giveBack: expect.any(Function) }));
    }
    expect(await soon(turn)).toBeNull();
  });

  test('are judged when they speak or hang up while they wait', async () => {
    const { dials } = await full();
    const speaking = program();
    const leaving = program();
    const turns = [dials.turn(speaking.lines), dials.turn(leaving.lines)];
    speaking.stream.write('GET / HTTP/1.1\r\n');
    leaving.stream.end();
    expect(await Promise.all(turns)).toEqual(['spoke', 'spoke']);
  });
});

describe('honest: 84: mail programs', () => {
  test('that speak are never counted, however many come', async () => {
    const { dials, given } = await full();
    const turn = dials.turn(program().lines);
    for (const dial of [given[0], given[0], given[0]]) dial?.giveBack();
    const next = await soon(turn);
    expect(next).toEqual(expect.objectContaining({ giveBack: expect.any(Function) }));
    // A place is given back once, however often that is called.
    expect(await soon(dials.turn(program().lines))).toBe('waits');
  });

  test('one that turns out to be a web page after all is counted again', async () => {
    const { dials, given } = await full();
    given[0]?.giveBack();
    given[0]?.take();
    expect(await soon(dials.turn(program().lines))).toBe('waits');
  });
});
