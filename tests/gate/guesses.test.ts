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

test('who hangs up waits no more', async () => {
  const gone = new AbortController();
  const waiting = createGuesses().wrong(4, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});
