import { describe, expect, test } from 'vitest';
import { ConfigurationError, issueText, pathText, quoted } from '../../proxy/config/configuration-error.ts';

test('an error names its file and every issue, a line each', () => {
  const error = new ConfigurationError('config.json', [
    { path: 'accounts[0].name', message: 'expected one' },
    { path: '', message: 'expected another' },
  ]);
  expect(error.message).toBe('config.json: accounts[0].name: expected one\nexpected another');
  expect(error.issues.map(issueText)).toEqual(['accounts[0].name: expected one', 'expected another']);
});

test.each<[PropertyKey[], string]>([
  [[], ''],
  [['version'], 'version'],
  [['accounts', 0, 'relays', 12, 'tls'], 'accounts[0].relays[12].tls'],
  [['$schema'], '$schema'],
  [['a b', 'c'], '["a b"].c'],
  [['x', ''], 'x[""]'],
  [['\u001b[31m'], '["\\u001b[31m"]'],
  [['0'], '["0"]'],
])('the path %j is written %s', (path, text) => expect(pathText(path)).toBe(text));

describe('a quoted text', () => {
  test.each([
    ['plain', '"plain"'],
    ['with "quotes" and \\', '"with \\"quotes\\" and \\\\"'],
    ['line\nend', '"line\\nend"'],
    ['\u001b[31m\u202e\u009b', '"\\u001b[31m\\u202e\\u009b"'],
    ['x'.repeat(61), `"${'x'.repeat(40)}…${'x'.repeat(15)}"`],
    ['imaps://ann:secret@host', '"imaps://ann:…@host"'],
    ['ann:secret@host', '"ann:…@host"'],
    ['ann@host:993', '"ann@host:993"'],
  ])('%j is shown as %s', (text, expected) => expect(quoted(text)).toBe(expected));
});
