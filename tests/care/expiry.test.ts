import { expect, test } from 'vitest';
import { expiryThreshold } from '../../proxy/care/expiry.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const day = 86_400_000;
test.each([
  [15 * day, null],
  [14 * day + 1, null],
  [14 * day, 14],
  [3 * day + 1, 14],
  [3 * day, 3],
  [1, 3],
  [0, null],
  [-day, null],
])('%d ms before the end', (left, threshold) => {
  expect(expiryThreshold(new Date(now + left).toISOString(), now)).toBe(threshold);
});
