import { expect, test } from 'vitest';
import { faultText } from '../../proxy/log/fault-text.ts';

test('an error says where it was thrown; one without a stack, and what is no error, say what they can', () => {
  expect(faultText(new TypeError('no'))).toMatch(/^TypeError: no\n +at .*fault-text\.test\.ts/);
  const bare = new Error('no stack');
  delete bare.stack;
  expect(faultText(bare)).toBe('no stack');
  expect(faultText('a word')).toBe('a word');
  expect(faultText(undefined)).toBe('undefined');
});
