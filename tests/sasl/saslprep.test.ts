import { expect, test } from 'vitest';
import { saslprep } from '../../proxy/sasl/saslprep.ts';

// The examples of RFC 4013 §3 first.
test.each([
  ['a soft hyphen', 'I\u00adX', 'IX'],
  ['nothing to do', 'user', 'user'],
  ['capitals, which stay', 'USER', 'USER'],
  ['a feminine ordinal', '\u00aa', 'a'],
  ['a Roman numeral', '\u2168', 'IX'],
  ['blanks of other scripts', 'a\u00a0b\u3000c\u1680d', 'a b c d'],
  ['joiners and a byte order mark', '\ufeffa\u200db\u2060c', 'abc'],
  ['letters that are typed in two ways', 'e\u0301', '\u00e9'],
])('%s', (_, typed, prepared) => {
  expect(saslprep(typed)).toBe(prepared);
});
