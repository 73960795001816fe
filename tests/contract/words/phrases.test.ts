import { expect, test } from 'vitest';
import { counted, day, duration, listed, pluralForm } from '../../../proxy/contract/words/phrases.ts';

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
  expect(duration(milliseconds)).toBe(words);
});

test('a noun takes the form of its number', () => {
  const days = { one: 'day', other: 'days' };
  expect([0, 1, 2, 1.5].map((count) => counted(count, days))).toEqual(['0 days', '1 day', '2 days', '1.5 days']);
  expect(pluralForm(1, { other: 'more' })).toBe('more');
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('%j is listed', (items, words) => {
  expect(listed(items)).toBe(words);
});

test('a day is written as the log writes it', () => {
  expect(day('2026-11-19T23:59:59.000Z')).toBe('2026-11-19');
});
