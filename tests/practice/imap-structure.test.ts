import { expect, test } from 'vitest';
import { bodyStructure, envelope, partAt } from '../../proxy/practice/imap-structure.ts';
import { parseMime } from '../../proxy/practice/mime.ts';
import { compound, messageWith } from './support.ts';

test('the envelope of a message; who sent it is who it is from', () => {
  expect(envelope(parseMime(messageWith('one')).fields)).toBe(
    '("Mon, 16 Nov 2026 10:00:00 +0100" "one" (("Anna" NIL "anna" "example.test")) (("Anna" NIL "anna" "example.test")) ' +
      '(("Anna" NIL "anna" "example.test")) ((NIL NIL "you" "practice.localhost")) NIL NIL NIL "<one@example.test>")',
  );
});

test('an envelope with hardly anything, and with names that need quoting', () => {
  expect(envelope([])).toBe('(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)');
  const fields = parseMime(compound).fields;
  expect(envelope(fields)).toContain('(("Anna, B" NIL "anna" "example.test")(NIL NIL "bob" "example.test"))');
  expect(envelope([['subject', 'a "b" \\c']])).toContain('"a \\"b\\" \\\\c"');
});

test('the structure of a message with parts', () => {
  const structure = bodyStructure(parseMime(compound), true);
  expect(structure).toBe(
    '((("TEXT" "PLAIN" ("charset" "utf-8") NIL NIL "7BIT" 8 1 NIL NIL NIL NIL)' +
      '("TEXT" "HTML" NIL NIL NIL "QUOTED-PRINTABLE" 10 0 NIL NIL NIL NIL) "ALTERNATIVE" ("boundary" "inner") NIL NIL NIL)' +
      '("APPLICATION" "OCTET-STREAM" ("name" "a.bin") NIL NIL "BASE64" 4 NIL ("ATTACHMENT" ("filename" "a b.bin")) NIL NIL)' +
      '("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 47 ' +
      '(NIL "inside" ((NIL NIL "eve" "example.test")) ((NIL NIL "eve" "example.test")) ((NIL NIL "eve" "example.test")) NIL NIL NIL NIL NIL) ' +
      '("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 4 0 NIL NIL NIL NIL) 3 NIL NIL NIL NIL)' +
      ' "MIXED" ("boundary" "outer; \\"x\\"") NIL NIL NIL)',
  );
});

test('BODY is the structure without its extensions', () => {
  expect(bodyStructure(parseMime(messageWith('one')), false)).toBe(
    '("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 8 1)',
  );
});

test.each([
  ['', compound.toString('latin1', compound.indexOf('\r\n\r\n') + 4)],
  ['1.2', '<p>one</p>'],
  ['2', 'AAEC'],
  ['3.1', 'deep'],
])('part %j', (numbers, body) => {
  expect(partAt(compound, numbers.split('.').filter(Boolean).map(Number))?.body.toString('latin1')).toBe(body);
});

test.each(['4', '1.3', '2.2', '3.2', '9.9.9'])('there is no part %s', (numbers) => {
  expect(partAt(compound, numbers.split('.').map(Number))).toBeNull();
});

test('the one part of a plain message is its body', () => {
  expect(partAt(messageWith('one'), [1])?.body.toString()).toBe('Hello.\r\n');
});
