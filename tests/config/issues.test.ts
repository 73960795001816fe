import { expect, test } from 'vitest';
import { z } from 'zod';
import { issueText } from '../../proxy/config/configuration-error.ts';
import { configurationIssues } from '../../proxy/config/issues.ts';

// The messages of the configuration itself are in the table of load.test.ts.
const schema = z.strictObject({
  a: z.string({ error: 'expected A; because of B; and C' }),
  b: z.string().min(3, { error: 'expected three letters' }).regex(/^x/, { error: 'expected an x' }),
});
const texts = (raw: unknown) => {
  const { error } = schema.safeParse(raw);
  return error ? configurationIssues(raw, error).map(issueText) : [];
};

test('what was found stands behind what was expected, in front of the reasons', () => {
  expect(texts({ a: 1, b: 'xyz' })).toEqual(['a: expected A, found 1; because of B; and C']);
  expect(texts({ a: true, b: 'xyz' })).toEqual(['a: expected A, found true; because of B; and C']);
  expect(texts({ a: null, b: 'xyz' })).toEqual(['a: expected A, found null; because of B; and C']);
  expect(texts({ a: [], b: 'xyz' })).toEqual(['a: expected A, found a list; because of B; and C']);
  expect(texts({ a: {}, b: 'xyz' })).toEqual(['a: expected A, found an object; because of B; and C']);
  expect(texts({ b: 'xyz' })).toEqual(['a: expected A, found nothing; because of B; and C']);
});

test('a value that breaks several rules is named once', () => {
  expect(texts({ a: '', b: 'y' })).toEqual(['b: expected three letters, found "y"']);
});

test('every unknown key has a line of its own', () => {
  expect(texts({ a: '', b: 'xyz', c: 1, d: 2 }).map((text) => text.slice(0, 14))).toEqual([
    'c: unknown key',
    'd: unknown key',
  ]);
});
