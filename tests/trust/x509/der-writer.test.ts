import { describe, expect, test } from 'vitest';
import {
  bitString,
  boolean,
  encode,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from '../../../proxy/trust/x509/der-writer.ts';

const hex = (text: string) => text.replaceAll(' ', '');

describe('each form', () => {
  test.each<[string, Buffer, string]>([
    ['a boolean', boolean(true), '01 01 ff'],
    ['the other one', boolean(false), '01 01 00'],
    ['zero', integer(Buffer.from([0, 0])), '02 01 00'],
    ['an integer without its leading zeros', integer(Buffer.from([0, 0, 0x7f])), '02 01 7f'],
    ['an integer whose highest bit is set', integer(Buffer.from([0x80])), '02 02 00 80'],
    ['a bit string of whole bytes', bitString(Buffer.from([1, 2])), '03 03 00 01 02'],
    ['an octet string', octetString(Buffer.from([1, 2])), '04 02 01 02'],
    ['an object identifier', objectIdentifier('2.5.4.3'), '06 03 55 04 03'],
    ['one with large arcs', objectIdentifier('1.2.840.113549'), '06 06 2a 86 48 86 f7 0d'],
    ['a text', utf8String('ä'), '0c 02 c3 a4'],
    ['a sequence of a set', sequence(set()), '30 02 31 00'],
    ['a context tag', encode(0xa0, Buffer.from([5])), 'a0 01 05'],
  ])('%s', (_name, encoded, bytes) => {
    expect(encoded.toString('hex')).toBe(hex(bytes));
  });
});

test.each([
  [0x7f, '04 7f'],
  [0x80, '04 81 80'],
  [0xff, '04 81 ff'],
  [0x100, '04 82 01 00'],
  [0x10000, '04 83 01 00 00'],
])('%d bytes have the shortest length', (count, start) => {
  const encoded = octetString(Buffer.alloc(count));
  expect(encoded.subarray(0, -count).toString('hex')).toBe(hex(start));
});

test('a time has two digits of its year up to 2049, and four from 2050 on (RFC 5280 §4.1.2.5)', () => {
  expect(time(new Date('2049-12-31T23:59:59.999Z')).subarray(2).toString()).toBe('491231235959Z');
  expect(time(new Date('2050-01-01T00:00:00Z')).subarray(2).toString()).toBe('20500101000000Z');
});
