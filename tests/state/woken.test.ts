import { expect, test } from 'vitest';
import { untilWoken } from '../../proxy/state/woken.ts';

const never = new AbortController().signal;

test('a call wakes, time ends the wait, and nobody stays behind', async () => {
  const wakes = new Set<() => void>();
  const woken = untilWoken(wakes, 60_000, never);
  for (const wake of [...wakes]) wake();
  expect(await woken).toBe(true);
  expect(await untilWoken(wakes, 1, never)).toBe(false);
  expect(wakes.size).toBe(0);
});

test('the signal ends it with its own reason, also one that was given before', async () => {
  const wakes = new Set<() => void>();
  const ending = new AbortController();
  const waiting = untilWoken(wakes, 60_000, ending.signal);
  const reason = new Error('over');
  ending.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(untilWoken(wakes, 60_000, ending.signal)).rejects.toBe(reason);
  expect(wakes.size).toBe(0);
});
