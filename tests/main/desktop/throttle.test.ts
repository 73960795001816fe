import { expect, test } from 'vitest';
import { createThrottle } from '../../../main/desktop/throttle.ts';

test('each key once in the time, to the millisecond', () => {
  let now = 0;
  const throttle = createThrottle(1000, () => now);
  expect([throttle.admit('a'), throttle.admit('a'), throttle.admit('b')]).toEqual([true, false, true]);
  now = 999;
  expect(throttle.admit('a')).toBe(false);
  now = 1000;
  expect(throttle.admit('a')).toBe(true);
  now = 1001;
  expect(throttle.admit('a')).toBe(false);
});

test('keys without number cannot fill the memory: beyond a thousand nothing is let through', () => {
  let now = 0;
  const throttle = createThrottle(1000, () => now);
  const admitted = Array.from({ length: 5000 }, (_, number) => throttle.admit(`k${number}`)).filter(Boolean);
  expect(admitted).toHaveLength(1000);
  now = 1000;
  expect(throttle.admit('k4999')).toBe(true);
});
