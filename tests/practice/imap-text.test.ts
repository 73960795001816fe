import { describe, expect, test } from 'vitest';
import { BadCommand, ImapArguments, literal, quoted, sequenceSet } from '../../proxy/practice/imap-text.ts';

test('what a quoted string cannot hold goes as a literal', () => {
  expect(quoted('plain')).toBe('"plain"');
  expect(quoted('a "b" \\')).toBe('"a \\"b\\" \\\\"');
  expect(quoted('caf\u00e9')).toBe('{4}\r\ncaf\u00e9');
  expect(quoted('a\r\nb')).toBe('{4}\r\na\r\nb');
  expect(literal('')).toBe('{0}\r\n');
});

describe('arguments', () => {
  test('are read from left to right', () => {
    const args = new ImapArguments('INBOX "a \\"b\\"" (\\Seen x) 12 rest');
    expect(args.string()).toBe('INBOX');
    args.expect(' ');
    expect(args.string()).toBe('a "b"');
    args.expect(' ');
    expect(args.list(() => args.atom())).toEqual(['\\Seen', 'x']);
    args.expect(' ');
    expect(args.number()).toBe(12);
    expect(args.take(' x')).toBe(false);
    expect(args.take(' rest')).toBe(true);
    expect(args.done).toBe(true);
    args.end();
  });

  test('an empty list and an empty string are fine', () => {
    const args = new ImapArguments('()""');
    expect(args.list(() => args.atom())).toEqual([]);
    expect(args.string()).toBe('');
  });

  test.each<[string, (args: ImapArguments) => unknown]>([
    ['', (args) => args.string()],
    ['"no end', (args) => args.string()],
    ['"no end\\"', (args) => args.string()],
    ['(a b', (args) => args.list(() => args.atom())],
    ['(a  b)', (args) => args.list(() => args.atom())],
    ['x', (args) => args.number()],
    ['more', (args) => args.end()],
  ])('%j cannot be read', (text, read) => {
    expect(() => read(new ImapArguments(text))).toThrow(BadCommand);
  });

  test('a string of ten megabytes is read', () => {
    const args = new ImapArguments(`"${'x\\"'.repeat(5_000_000)}"`);
    expect(args.string()).toHaveLength(10_000_000);
  });
});

describe('sets of numbers', () => {
  test.each([
    ['1', [1]],
    ['2:3', [2, 3]],
    ['3:2', [2, 3]],
    ['1,3', [1, 3]],
    ['*', [5]],
    ['4:*', [4, 5]],
    ['*:4', [4, 5]],
    // RFC 3501 §9: when `*` is the smaller number, the range is reversed.
    ['9:*', [5]],
  ])('%s of 5', (text, numbers) => {
    const has = sequenceSet(text, 5);
    expect([1, 2, 3, 4, 5].filter(has)).toEqual(numbers);
  });

  test.each(['', ',', '1:', ':2', '1::2', '1,', 'a'])('%j is none', (text) => {
    expect(() => sequenceSet(text, 5)).toThrow(BadCommand);
  });
});
