import { expect, test } from 'vitest';
import { createBounds } from '../../proxy/dialects/bounds.ts';

const minutes = (many: number) => many * 60_000;

test('109: as many recipients within any hour as are allowed, and no more', () => {
  let now = minutes(1000);
  const bounds = createBounds({ recipientsPerHour: 3 }, () => now);
  const take = (after: number) => {
    now += minutes(after);
    return bounds.takeRecipient();
  };
  expect([take(0), take(20), take(20), take(0), take(19)]).toEqual([true, true, true, false, false]);
  // The first one was an hour ago; the second was not.
  expect([take(1), take(0), take(19), take(1)]).toEqual([true, false, false, true]);
});

test('109: only listed senders, however they are written', () => {
  const { mayBeFrom } = createBounds(
    { senders: ['Scanner@Example.org', 'jörg@example.org'], recipientsPerHour: 1 },
    () => 0,
  );
  expect(['scanner@example.ORG', 'j\xc3\xb6rg@example.org'].map(mayBeFrom)).toEqual([true, true]);
  expect(['', 'scanner', 'scanner@example.org.', 'x@example.org'].map(mayBeFrom)).toEqual([false, false, false, false]);
});

test('without a list any sender will do', () => {
  const { mayBeFrom } = createBounds({ recipientsPerHour: 1 }, () => 0);
  expect(['', 'anybody@example.org'].map(mayBeFrom)).toEqual([true, true]);
});
