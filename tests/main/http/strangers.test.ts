import { expect, test } from 'vitest';
import { countStrangers } from '../../../main/http/strangers.ts';

test('80: the first is told at once, a thousand after it together', async () => {
  const told: number[] = [];
  let next = () => {};
  const strangers = countStrangers((count) => {
    told.push(count);
    next();
  }, 30);
  for (let number = 0; number < 1001; number += 1) strangers.note();
  expect(told).toEqual([1]);
  await new Promise<void>((resolve) => {
    next = resolve;
  });
  expect(told).toEqual([1, 1000]);
  strangers.note();
  strangers.end();
  expect(told).toEqual([1, 1000, 1]);
});
