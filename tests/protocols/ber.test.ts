import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ber, berInteger, berNumber, readBer, readBerAll } from '../../proxy/protocols/ber.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('an element', () => {
  test.each([
    ['04 00', { tag: 4, at: 0, start: 2, end: 2 }],
    ['04 03 aa', { tag: 4, at: 0, start: 2, end: 5 }],
    ['04 81 80', { tag: 4, at: 0, start: 3, end: 131 }],
    // Active Directory's lengths.
    ['30 84 00 00 00 02', { tag: 0x30, at: 0, start: 6, end: 8 }],
    ['30 84 7f ff ff ff', { tag: 0x30, at: 0, start: 6, end: 0x7fffffff + 6 }],
  ])('%s is read', (hex, element) => {
    expect(readBer(bytes(hex), 0)).toEqual(element);
  });

  test.each([
    ['30 80', 'of indefinite length'],
    ['30 85 00 00 00 00 01', 'whose length has five bytes'],
    ['30 84 80 00 00 00', 'longer than any number of LDAP’s'],
    ['30 ff', 'whose length has 127 bytes'],
    ['1f 01 00', 'whose tag has more than one byte'],
    ['bf 01 00', 'whose tag has more than one byte'],
  ])('%s, %s, is refused', (hex) => {
    expect(readBer(bytes(hex), 0)).toBe('malformed');
  });

  test.each(['', '30', '30 82', '30 82 01', '30 84 00 00 00'])('%s is too little to tell', (hex) => {
    expect(readBer(bytes(hex), 0)).toBe('incomplete');
  });

  test.each([
    ['04 03', 4],
    ['04', 1],
    ['04 82', 3],
    ['04 81 02', 4],
  ])('%s does not fit in %i bytes', (hex, limit) => {
    expect(readBer(bytes(hex), 0, limit)).toBe('malformed');
  });

  test('of any size is read as it was written, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.nat(0x1e), fc.integer({ min: 0, max: 70_000 }), fc.nat(), (tag, size, at) => {
        const whole = ber(tag, Buffer.alloc(size, 1));
        const cut = at % (whole.length - size);
        expect(readBer(whole.subarray(0, cut), 0)).toBe('incomplete');
        expect(readBer(whole, 0)).toEqual({ tag, at: 0, start: whole.length - size, end: whole.length });
      }),
    );
  });

  test('never ends before it begins, or behind what it is part of, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(20), (any, limit) => {
        const element = readBer(any, 0, limit);
        if (typeof element === 'string') return;
        expect(element.start).toBeGreaterThan(1);
        expect(element.end).toBeGreaterThanOrEqual(element.start);
        expect(element.end).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

test('elements are read to the last byte, or not at all', () => {
  const two = Buffer.concat([ber(4, Buffer.from('a')), ber(2, Buffer.from([1]))]);
  expect(readBerAll(two, 0, two.length)?.map(({ tag }) => tag)).toEqual([4, 2]);
  expect(readBerAll(two, 0, two.length - 1)).toBeNull();
  expect(readBerAll(two.subarray(0, -1), 0, two.length)).toBeNull();
  expect(readBerAll(two, 0, 0)).toEqual([]);
});

test('whole numbers are read as they were written; negative and longer ones are none', () => {
  fc.assert(
    fc.property(fc.nat(0x7fffffff), (value) => {
      const whole = berInteger(2, value);
      const element = readBer(whole, 0);
      expect(typeof element === 'string' ? element : berNumber(whole, element)).toBe(value);
    }),
  );
  for (const hex of ['02 01 80', '02 00', '02 00 01', '02 05 00 ff ff ff ff', '02 02 01']) {
    const element = readBer(bytes(hex), 0);
    expect(typeof element === 'string' ? element : berNumber(bytes(hex), element)).toBeNull();
  }
});
