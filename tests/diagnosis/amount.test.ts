import { expect, test } from 'vitest';
import { amountOfTime } from '../../proxy/diagnosis/amount.ts';

const hour = 3_600_000;
test.each([
  [0, '1 minute'],
  [59_999, '1 minute'],
  [2 * 60_000, '2 minutes'],
  [hour - 1, '59 minutes'],
  [hour, '1 hour'],
  [24 * hour, '1 day'],
  [364 * 24 * hour, '364 days'],
  [800 * 24 * hour, '2 years'],
])('%d ms is %s', (milliseconds, words) => {
  expect(amountOfTime(milliseconds)).toBe(words);
});
