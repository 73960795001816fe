import { expect, test } from 'vitest';
import { createLimit } from '../../../main/desktop/limit.ts';

test('a few times in a while, and again when the while is over', () => {
  let now = 0;
  const may = createLimit(2, 1000, () => now);
  expect([may(), may(), may()]).toEqual([true, true, false]);
  now = 999;
  expect(may()).toBe(false);
  now = 1000;
  expect([may(), may(), may()]).toEqual([true, true, false]);
});
