import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DerFault,
  DerReader,
  readBitString,
  readBoolean,
  readCount,
  readInteger,
  readOctets,
  readOid,
  readTime,
  tag,
} from '../../../proxy/trust/x509/der.ts';
import { der } from '../../support/pki.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('elements', () => {
  test('are read in order', () => {
    const reader = DerReader.inside(der(0x30, der(0x02, hex('01')), der(0x05)));
    expect(reader.nextTag).toBe(tag.integer);
    expect(reader.optional(tag.null)).toBeUndefined();
    expect(reader.expect(tag.integer).content).toEqual(hex('01'));
    expect(reader.rest().map(({ whole }) => whole)).toEqual([hex('0500')]);
    expect(reader.done).toBe(true);
    reader.end();
  });

  test.each([200, 300, 70_000])('of %d bytes are read whole', (length) => {
    const content = Buffer.alloc(length, 7);
    expect(new DerReader(der(0x04, content)).next().content).toEqual(content);
  });

  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['less than it says', '300200'],
    ['an endless length', '30800000'],
    ['a length in two bytes where one does', '308101ff'],
    ['a length in three bytes where two do', `30820080${'00'.repeat(128)}`],
    ['a length of five bytes', '3085000000000100'],
    ['a tag of many bytes', '3f8101017f'],
  ])('that hold %s are a fault', (_, bytes) => {
    expect(() => new DerReader(hex(bytes)).next()).toThrow(DerFault);
  });

  test('with something behind them are a fault', () => {
    expect(() => DerReader.inside(hex('300000'))).toThrow(DerFault);
    expect(() => new DerReader(hex('0500')).end()).toThrow(DerFault);
    expect(() => new DerReader(hex('0500')).expect(tag.integer)).toThrow(DerFault);
  });

  test('never read beyond the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const reader = new DerReader(Buffer.from(bytes));
        let read = 0;
        try {
          for (const { whole } of reader.rest()) read += whole.length;
          expect(read).toBe(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DerFault);
        }
      }),
    );
  });
});

describe('values', () => {
  test.each([
    ['2a864886f70d01010b', '1.2.840.113549.1.1.11'],
    ['551d25', '2.5.29.37'],
    ['883703', '2.999.3'],
    ['00', '0.0'],
    ['27', '0.39'],
    ['28', '1.0'],
    ['69d9f2a4ddaccfefb9a4dea7b7fbe0d3c3d9b1f501', '2.25.978846639245775537633507696048782000814721'],
  ])('the object identifier %s is %s', (bytes, oid) => {
    expect(readOid(hex(bytes))).toBe(oid);
  });

  test.each(['', '80', '8001', '2a80', '2a8001', '2a'.repeat(65)])('%s is no object identifier', (bytes) => {
    expect(() => readOid(hex(bytes))).toThrow(DerFault);
  });

  test('numbers', () => {
    expect(readCount(hex('00'))).toBe(0);
    expect(readCount(hex('00ff'))).toBe(255);
    expect(readCount(hex('7fffffffffff'))).toBe(0x7fffffffffff);
    expect(readCount(hex('7fffffffffffff'))).toBe(Number.MAX_SAFE_INTEGER);
    expect(readInteger(hex('ff'))).toEqual(hex('ff'));
    for (const bytes of ['', '0001', 'ff80']) expect(() => readInteger(hex(bytes))).toThrow(DerFault);
    expect(() => readCount(hex('80'))).toThrow(DerFault);
  });

  test('truth values', () => {
    expect(readBoolean(hex('ff'))).toBe(true);
    expect(readBoolean(hex('00'))).toBe(false);
    for (const bytes of ['', '01', 'ffff']) expect(() => readBoolean(hex(bytes))).toThrow(DerFault);
  });

  test('bit strings', () => {
    expect(readBitString(hex('00a0'))).toEqual(hex('a0'));
    expect(readBitString(hex('05a0'))).toEqual(hex('a0'));
    expect(readBitString(hex('00'))).toEqual(hex(''));
    for (const bytes of ['', '01', '08a0', '06a0']) expect(() => readBitString(hex(bytes))).toThrow(DerFault);
  });

  test.each([
    [tag.utcTime, '490101000000Z', '2049-01-01T00:00:00Z'],
    [tag.utcTime, '500101000000Z', '1950-01-01T00:00:00Z'],
    [tag.utcTime, '240229235959Z', '2024-02-29T23:59:59Z'],
    [tag.generalizedTime, '20500101000000Z', '2050-01-01T00:00:00Z'],
    [tag.generalizedTime, '00010101000000Z', '0001-01-01T00:00:00Z'],
    [tag.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59Z'],
  ])('the time %d %s is %s', (kind, text, iso) => {
    const element = new DerReader(der(kind, Buffer.from(text))).next();
    expect(readTime(element) * 1000).toBe(Date.parse(iso));
  });

  test.each([
    [tag.utcTime, '2401010000Z'],
    [tag.utcTime, '240101000000+0100'],
    [tag.utcTime, '230229000000Z'],
    [tag.utcTime, '241301000000Z'],
    [tag.utcTime, '240101240000Z'],
    [tag.utcTime, '240101006000Z'],
    [tag.generalizedTime, '20240101000000.5Z'],
    [tag.generalizedTime, '240101000000Z'],
    [tag.octetString, '20240101000000Z'],
  ])('%d %s is no time', (kind, text) => {
    const element = new DerReader(der(kind, Buffer.from(text))).next();
    expect(() => readTime(element)).toThrow(DerFault);
  });
});

test('what is signed with, and keys, are whole bytes', () => {
  expect(readOctets(Buffer.from([0, 1, 2]))).toEqual(Buffer.from([1, 2]));
  for (const broken of [[], [1, 2], [7, 128], [8]]) expect(() => readOctets(Buffer.from(broken))).toThrow(DerFault);
});
