import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isImapCommand,
  parseImapCommand,
  parseImapResponse,
  parseLiteralMark,
  withSingleBlanks,
} from '../../proxy/protocols/imap-syntax.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('the beginning of a command', () => {
  test.each([
    ['a1 LOGIN anna "x y"', { tag: 'a1', name: 'LOGIN', argument: 'anna "x y"' }],
    ['a1 noop', { tag: 'a1', name: 'NOOP', argument: '' }],
    ['A.1-] capability', { tag: 'A.1-]', name: 'CAPABILITY', argument: '' }],
    ['a1 LOGIN  two spaces', { tag: 'a1', name: 'LOGIN', argument: ' two spaces' }],
  ])('%s', (line, expected) => {
    expect(parseImapCommand(bytes(line))).toEqual(expected);
  });

  test.each([
    '',
    ' ',
    'a1',
    'a1 ',
    ' a1 NOOP',
    '+ NOOP',
    'a+1 NOOP',
    '* NOOP',
    'a1  NOOP',
    'a1\tNOOP',
    'a"1 NOOP',
    'a1 {3}',
    'a1 \x00NOOP',
  ])('none: %j', (line) => {
    expect(parseImapCommand(bytes(line))).toBeNull();
  });

  test('a tag of 128 characters, and one more', () => {
    expect(parseImapCommand(bytes(`${'t'.repeat(128)} NOOP`))).toMatchObject({ name: 'NOOP' });
    expect(parseImapCommand(bytes(`${'t'.repeat(129)} NOOP`))).toBeNull();
  });

  test('HTTP is no command that is known', () => {
    expect(isImapCommand(parseImapCommand(bytes('POST /login HTTP/1.1'))?.name ?? '')).toBe(false);
    expect(isImapCommand('LOGIN')).toBe(true);
  });
});

describe('literals', () => {
  test.each([
    ['a LOGIN {5}', { size: 5, synchronising: true, binary: false }],
    ['a LOGIN {5+}', { size: 5, synchronising: false, binary: false }],
    ['a LOGIN {5-}', { size: 5, synchronising: false, binary: false }],
    ['a APPEND x ~{7}', { size: 7, synchronising: true, binary: true }],
    ['a LOGIN {4294967295+}', { size: 4_294_967_295, synchronising: false, binary: false }],
  ])('%s', (line, expected) => {
    expect(parseLiteralMark(bytes(line))).toEqual(expected);
  });

  test.each(['a LOGIN', 'a LOGIN {5} ', 'a LOGIN {}', 'a LOGIN {-5}', 'a LOGIN {5++}', 'a LOGIN "{5}"', 'a {5}x'])(
    'none: %j',
    (line) => {
      expect(parseLiteralMark(bytes(line))).toBeNull();
    },
  );

  test('a size beyond counting is large, not small', () => {
    expect(parseLiteralMark(bytes(`a {${'9'.repeat(400)}+}`))?.size).toBe(Number.POSITIVE_INFINITY);
  });
});

test.each([
  ['*  OK two', '* OK two'],
  ['a1   NO  two', 'a1 NO  two'],
  ['*  12  EXISTS', '* 12 EXISTS'],
  ['* 12  EXISTS', '* 12 EXISTS'],
  ['* OK one', '* OK one'],
  ['word', 'word'],
  ['', ''],
])('%j in single blanks', (line, expected) => expect(withSingleBlanks(bytes(line)).toString()).toBe(expected));

describe('responses', () => {
  test.each([
    ['+', { kind: 'continuation' }],
    ['+ go', { kind: 'continuation' }],
    ['* OK hello', { kind: 'status', tag: '*', status: 'OK', code: null }],
    ['* ok hello', { kind: 'status', tag: '*', status: 'OK', code: null }],
    ['* OK', { kind: 'status', tag: '*', status: 'OK', code: null }],
    ['* OK [ALERT] x', { kind: 'status', tag: '*', status: 'OK', code: 'ALERT' }],
    ['a1 NO [referral imap://x] y', { kind: 'status', tag: 'a1', status: 'NO', code: 'REFERRAL' }],
    ['* PREAUTH hi', { kind: 'status', tag: '*', status: 'PREAUTH', code: null }],
    ['* CAPABILITY IMAP4rev1', { kind: 'data', name: 'CAPABILITY' }],
    ['* 3 exists', { kind: 'data', name: 'EXISTS' }],
    ['* OKAY', { kind: 'data', name: 'OKAY' }],
  ])('%s', (line, expected) => {
    expect(parseImapResponse(bytes(line))).toEqual(expected);
  });

  test.each([
    '',
    '*',
    '* ',
    '+OK',
    '220 hello',
    'HTTP/1.1 200 OK',
    '*  OK two spaces',
    'a1 FINE',
    'a1 PREAUTH x',
    'a1 BYE x',
    '\x16\x03\x01',
  ])('none: %j', (line) => {
    expect(parseImapResponse(bytes(line))).toBeNull();
  });

  test('any bytes are read without a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
        const line = Buffer.from(array);
        parseImapResponse(line);
        parseImapCommand(line);
        parseLiteralMark(line);
        return true;
      }),
    );
    expect(parseImapResponse(Buffer.alloc(0))).toBeNull();
  });
});
