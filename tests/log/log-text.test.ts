import { expect, test } from 'vitest';
import { logText } from '../../proxy/log/log-text.ts';

test('plain text of any language stays as it is', () => {
  for (const text of ['Grüße, 世界 🎉', 'a "quoted" \\ word', '']) expect(logText(text)).toBe(text);
});

test.each([
  ['a\r\nb', 'a\\u000d\\u000ab'],
  ['\u001b[2J\u0007', '\\u001b[2J\\u0007'],
  ['\u009b31m', '\\u009b31m'],
  ['nul\0', 'nul\\u0000'],
  ['\u202egpj.exe', '\\u202egpj.exe'],
  ['\u2066x\u2069', '\\u2066x\\u2069'],
  ['zero\u200bwidth', 'zero\\u200bwidth'],
  ['\ufeffbom', '\\ufeffbom'],
  ['\ud800 alone \udc00', '\\ud800 alone \\udc00'],
  ['\u2028', '\\u2028'],
])('%j is written out', (text, expected) => expect(logText(text)).toBe(expected));

test('a long text is cut, and says how long it was', () => {
  expect(logText('x'.repeat(2000))).toHaveLength(2000);
  expect(logText('x'.repeat(2001))).toBe(`${'x'.repeat(2000)}… (2001 characters)`);
  expect(logText('abcdef', 3)).toBe('abc… (6 characters)');
});
