import { expect, test } from 'vitest';
import { whichNames } from '../../proxy/config/which-names.ts';

const names = ['work', 'Work', 'Home'];

test.each([
  ['WORK', ' Did you mean “work”?'],
  ['home', ' Did you mean “Home”?'],
  ['Wrok', ' Did you mean “work”?'],
  ['Nobody', ' There is: “Work” and “Home”.'],
])('%s:%s', (typed, said) => expect(whichNames(typed, names, names.slice(1))).toBe(said));

test('nothing where there is nothing, and no more than ten of many', () => {
  expect(whichNames('x', [], [])).toBe('');
  const many = Array.from({ length: 12 }, (_, index) => `Account ${index}`);
  expect(whichNames('x', many, many)).toMatch(/^ There is: “Account 0”, .*, “Account 9” and 2 more\.$/);
});
