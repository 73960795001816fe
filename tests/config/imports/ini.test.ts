import { expect, test } from 'vitest';
import { parseIni, portOf } from '../../../proxy/config/imports/ini.ts';

const equals = { separators: /=/, continued: false };
const python = { separators: /[=:]/, continued: true };

test('sections, options, comments, every kind of line end', () => {
  const text = '\ufeffTop = 1\r\n; no\r# no\n[ A b ]\nKey = a = b\n  Other=\n[c]\n';
  expect(parseIni(text, 'f', equals)).toEqual([
    { name: '', options: [{ key: 'top', value: '1', line: 1 }] },
    {
      name: 'A b',
      options: [
        { key: 'key', value: 'a = b', line: 5 },
        { key: 'other', value: '', line: 6 },
      ],
    },
    { name: 'c', options: [] },
  ]);
});

test('lines that go on, where the dialect has them', () => {
  const text = '[a]\nkey: one\n\ttwo = three\nnext = 4\n';
  expect(parseIni(text, 'f', python)[1]?.options).toEqual([
    { key: 'key', value: 'one\ntwo = three', line: 2 },
    { key: 'next', value: '4', line: 4 },
  ]);
});

test('lines that are neither are named by their number, and not shown', () => {
  expect(() => parseIni('[a]\nhunter2\n= x\n[]\n', 'f', equals)).toThrow(
    /^f: line 2: expected[^\n]*\nline 3: [^\n]*\nline 4: [^\n]*$/,
  );
});

test.each([
  ['1', 1],
  ['65535', 65_535],
])('port %s', (text, port) => expect(portOf(text, 'f', 'p')).toBe(port));

test.each(['0', '65536', '', '1x', '-1', '1.5'])('%j is no port', (text) => {
  expect(() => portOf(text, 'f', 'p')).toThrow('expected a port from 1 to 65535');
});
