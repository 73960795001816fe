import { expect, test } from 'vitest';
import { fieldOf, parseMime, readFields, readParameters } from '../../proxy/practice/mime.ts';
import { compound } from './support.ts';

test('takes a message with parts in parts apart, byte for byte', () => {
  const whole = parseMime(compound);
  expect([whole.type, whole.subtype]).toEqual(['multipart', 'mixed']);
  const [alternative, attachment, forwarded] = whole.parts;
  expect(alternative?.parts.map(({ subtype, body }) => [subtype, body.toString()])).toEqual([
    ['plain', 'one\r\ntwo'],
    ['html', '<p>one</p>'],
  ]);
  expect(attachment?.parameters).toEqual([['name', 'a.bin']]);
  expect(attachment?.body.toString()).toBe('AAEC');
  expect(forwarded?.parts[0]?.body.toString()).toBe('deep');
  expect(fieldOf(forwarded?.parts[0]?.fields ?? [], 'subject')).toBe('inside');
});

test('unfolds fields, and leaves out what is none', () => {
  expect(readFields(Buffer.from('A: one\r\n two\r\nno field\r\nb-C:\tthree\r\n\r\n'))).toEqual([
    ['a', 'one two'],
    ['b-c', 'three'],
  ]);
});

test('reads parameters, quoted or not', () => {
  expect(readParameters('; charset=utf-8; Name="a; \\"b\\""; empty=')).toEqual([
    ['charset', 'utf-8'],
    ['name', 'a; "b"'],
    ['empty', ''],
  ]);
});

test.each([
  ['no header', '\r\nbody', 'body'],
  ['no body', 'Subject: x\r\n', ''],
  ['no boundary', 'Content-Type: multipart/mixed\r\n\r\nbody', 'body'],
  ['a boundary that never comes', 'Content-Type: multipart/mixed; boundary=b\r\n\r\nbody', 'body'],
  ['a type that is none', 'Content-Type: what\r\n\r\nbody', 'body'],
])('with %s it is plain text', (_, text, body) => {
  const part = parseMime(Buffer.from(text));
  expect({ type: part.type, subtype: part.subtype, body: part.body.toString() }).toEqual({
    type: 'text',
    subtype: 'plain',
    body,
  });
  expect(part.parts).toEqual([]);
});

test('a part without an end goes to the end, and a boundary inside a line is none', () => {
  const part = parseMime(
    Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none --b\r\n--bc\r\ntwo'),
  );
  expect(part.parts.map(({ body }) => body.toString())).toEqual(['one --b\r\n--bc\r\ntwo']);
});

test('a message nested without end, and one with parts without number, are bounded', () => {
  const nested = 'Content-Type: message/rfc822\r\n\r\n'.repeat(100_000);
  let depth = 0;
  for (let part = parseMime(Buffer.from(nested)).parts[0]; part; part = part.parts[0]) depth += 1;
  expect(depth).toBe(20);
  const many = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(1000)}--b--`;
  expect(parseMime(Buffer.from(many)).parts).toHaveLength(200);
});
