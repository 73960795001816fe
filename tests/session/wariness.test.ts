import { expect, test } from 'vitest';
import { createWariness } from '../../proxy/session/wariness.ts';

test('84: nobody known: watched a little; a mail program was here: hardly; a web page was, or many come: long', () => {
  let now = 0;
  const wariness = createWariness(() => now);
  const unknown = wariness.quiet(1, false);
  expect(wariness.quiet(4, false)).toBeGreaterThan(unknown);
  wariness.honest();
  const known = wariness.quiet(1, false);
  expect(known).toBeLessThan(unknown / 5);
  expect(wariness.quiet(1, true)).toBe(0);
  const many = wariness.quiet(4, true);
  expect(many).toBeGreaterThan(unknown);
  wariness.foreign();
  expect(wariness.quiet(1, true)).toBeGreaterThan(many);
  wariness.honest();
  expect(wariness.quiet(1, true), 'a mail program beside it makes the page no better').toBeGreaterThan(many);
  now += 60_000;
  expect(wariness.quiet(1, false)).toBe(known);
  now += 3_600_000;
  expect(wariness.quiet(1, false)).toBe(unknown);
});
