import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answersWithLines,
  isPop3Command,
  mayBePop3Command,
  parsePop3Command,
  parsePop3Reply,
} from '../../proxy/protocols/pop3-syntax.ts';

test.each([
  ['user anna', { keyword: 'USER', argument: 'anna' }],
  ['PASS two words ', { keyword: 'PASS', argument: 'two words ' }],
  ['CAPA', { keyword: 'CAPA', argument: '' }],
  ['', { keyword: '', argument: '' }],
])('%j', (line, expected) => {
  expect(parsePop3Command(Buffer.from(line))).toEqual(expected);
});

describe('replies', () => {
  test.each([
    ['+OK', 'ok'],
    ['+OK hello', 'ok'],
    ['-ERR', 'error'],
    ['-ERR [AUTH] no', 'error'],
    ['+', 'continue'],
    ['+ abc', 'continue'],
  ])('%s', (line, expected) => {
    expect(parsePop3Reply(Buffer.from(line))).toBe(expected);
  });

  test.each([
    ['+ok', 'ok'],
    ['+OK, hello', 'ok'],
    ['-err no', 'error'],
    ['-ERR: no', 'error'],
    ['+ERR Server error', 'error'],
    ['+OKAY', null],
    ['+OK\thello', null],
    ['-ERROR', null],
    ['+abc', null],
  ])('%s, where odd words are taken', (line, expected) => {
    expect(parsePop3Reply(Buffer.from(line), 'all')).toBe(expected);
  });

  test.each(['', '+ok', '+OKAY', '-ERROR', '-err no', ' +OK', '+abc', '* OK', '220 hi', 'HTTP/1.1 200 OK'])(
    'none: %j',
    (line) => {
      expect(parsePop3Reply(Buffer.from(line))).toBeNull();
    },
  );
});

test.each([
  ['CAPA', true],
  ['AUTH', true],
  ['AUTH ', true],
  ['AUTH PLAIN', false],
  ['LANG', true],
  ['LANG de', false],
  ['LIST', true],
  ['LIST 1', false],
  ['RETR 1', true],
  ['USER anna', false],
  ['PASS CAPA', false],
])('%j is answered with lines: %s', (line, expected) => {
  expect(answersWithLines(parsePop3Command(Buffer.from(line)))).toBe(expected);
});

test('HTTP is no command that is known', () => {
  expect(isPop3Command(parsePop3Command(Buffer.from('POST / HTTP/1.1')).keyword)).toBe(false);
  expect(isPop3Command('USER')).toBe(true);
});

test.each([
  ['XTND', true],
  ['UTF8', true],
  ['frob', true],
  ['', false],
  ['a1', false],
  ['=abc', false],
  ['AGFubmEAaHVudGVyMg', false],
  ['\xffabc', false],
])('%j may be a command: %s', (keyword, expected) => {
  expect(mayBePop3Command(keyword)).toBe(expected);
});

test('any line is a command of a keyword in capitals and an argument, and a reply or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const line = Buffer.from(bytes);
      const { keyword } = parsePop3Command(line);
      expect(keyword).toBe(keyword.toUpperCase());
      expect(keyword).not.toContain(' ');
      const reply = parsePop3Reply(line);
      if (reply !== null)
        expect(line.toString('latin1').split(' ', 1)).toEqual([{ ok: '+OK', error: '-ERR', continue: '+' }[reply]]);
    }),
    { numRuns: 2000 },
  );
});
