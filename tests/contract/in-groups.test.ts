import { expect, test } from 'vitest';
import { inGroups } from '../../proxy/contract/in-groups.ts';

test('what has the same key is together, in the order in which it came', () => {
  expect(inGroups(['b1', 'a1', 'b2'], ([letter = '']) => letter)).toEqual([['b1', 'b2'], ['a1']]);
  expect(inGroups([], String)).toEqual([]);
});
