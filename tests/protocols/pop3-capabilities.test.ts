import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterAuthLine, filterCapaLine, offersStls } from '../../proxy/protocols/pop3-capabilities.ts';

const capa = (text: string) => filterCapaLine(Buffer.from(text, 'latin1'))?.toString('latin1') ?? null;

describe('CAPA', () => {
  test.each([
    ['STLS', null],
    ['stls', null],
    [' STLS ', null],
    ['STLS now', null],
    ['\tSTLS', null],
    ['SASL PLAIN SCRAM-SHA-1-PLUS', 'SASL PLAIN'],
    ['sasl scram-sha-1-plus', null],
    ['SASL  PLAIN\tX-plus  LOGIN', 'SASL PLAIN LOGIN'],
    // Found by the fuzzer: `SASL` and its list on two lines.
    ['SCRAM-SHA-1-PLUS', null],
    [' x-plus ', null],
  ])('%j', (line, expected) => {
    expect(capa(line)).toBe(expected);
  });

  test.each([
    'SASL',
    'SASL  PLAIN LOGIN',
    'STLSX',
    'XSTLS',
    'USER',
    'IMPLEMENTATION STLS-PLUS',
    'LOGIN-DELAY 900 USER',
    '',
  ])('as it came: %j', (line) => {
    const bytes = Buffer.from(line);
    expect(filterCapaLine(bytes)).toBe(bytes);
  });

  test('in any spelling, what must go is gone', () => {
    const word = fc.constantFrom('STLS', 'stls', 'SASL', 'sAsL', 'PLAIN', 'SCRAM-SHA-1-PLUS', 'x-PlUs', ' ', '\t', 'X');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const shown = capa(words.join(' '))?.trim().split(/\s+/) ?? [];
        expect(shown[0]?.toUpperCase()).not.toBe('STLS');
        if (shown.length === 1) expect(shown[0]).not.toMatch(/-PLUS$/i);
        if (shown[0]?.toUpperCase() !== 'SASL') return;
        expect(shown.filter((mechanism) => /-PLUS$/i.test(mechanism))).toEqual([]);
      }),
    );
  });
});

test.each([
  ['PLAIN', 'PLAIN'],
  ['SCRAM-SHA-1-PLUS', undefined],
  [' x-plus ', undefined],
])('AUTH list: %j', (line, expected) => {
  expect(filterAuthLine(Buffer.from(line))?.toString()).toBe(expected);
});

test.each([
  ['STLS', true],
  ['stls ', true],
  ['XSTLS', false],
  ['STLSX', false],
  ['', false],
])('%j offers STLS: %s', (line, expected) => {
  expect(offersStls(Buffer.from(line))).toBe(expected);
});
