import { expect, test } from 'vitest';
import { createGuesses } from '../../proxy/gate/guesses.ts';

const { signal } = new AbortController();

function guessing() {
  const clock = { now: 0 };
  const waits: number[] = [];
  const guesses = createGuesses(
    () => clock.now,
    async (milliseconds) => void waits.push(milliseconds),
  );
  return { guesses, clock, waits };
}

test('99: each wrong try of a connection waits longer, and the fifth is its last', async () => {
  const { guesses, waits } = guessing();
  const again = [];
  for (let tries = 1; tries <= 5; tries += 1) again.push((await guesses.wrong(tries, signal)).again);
  expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
  expect(again).toEqual([true, true, true, true, false]);
});

test('99: many connections together are slowed, told of once, and given one try each, until a minute is quiet', async () => {
  const { guesses, clock, waits } = guessing();
  const told = [];
  for (let tries = 0; tries < 30; tries += 1) told.push(await guesses.wrong(1, signal));
  expect(told.every(({ again, guarded }) => again && !guarded)).toBe(true);
  waits.length = 0;
  await guesses.before(signal);
  expect(waits).toEqual([]);
  expect(await guesses.wrong(1, signal)).toEqual({ again: false, guarded: true });
  expect(await guesses.wrong(1, signal)).toEqual({ again: false, guarded: false });
  waits.length = 0;
  await guesses.before(signal);
  expect(waits).toEqual([2000]);
  clock.now = 60_001;
  waits.length = 0;
  await guesses.before(signal);
  expect(waits).toEqual([]);
  expect(await guesses.wrong(1, signal)).toEqual({ again: true, guarded: false });
});

test('99: guesses that all wait at the same time are told of once, too', async () => {
  const waiting: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
  const guesses = createGuesses(() => 0, wait);
  const all = Array.from({ length: 40 }, () => guesses.wrong(1, signal));
  for (const end of waiting) end();
  expect((await Promise.all(all)).filter(({ guarded }) => guarded)).toHaveLength(1);
});

test('who hangs up waits no more', async () => {
  const gone = new AbortController();
  const waiting = createGuesses().wrong(4, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});
