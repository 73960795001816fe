import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  argumentsOf,
  filterCapabilityLine,
  filterMechanismLine,
  offeringTls,
} from '../../proxy/protocols/capability-lines.ts';

const lines = (...texts: string[]) => texts.map((text) => Buffer.from(text));

const shown = (text: string) =>
  filterCapabilityLine(Buffer.from(text, 'latin1'), 'STARTTLS')?.toString('latin1') ?? null;

describe('CAPABILITIES', () => {
  test.each([
    ['STARTTLS', null],
    ['starttls', null],
    [' STARTTLS ', null],
    ['STARTTLS now', null],
    ['\tSTARTTLS', null],
    ['SASL PLAIN SCRAM-SHA-1-PLUS', 'SASL PLAIN'],
    ['sasl scram-sha-1-plus', null],
    ['SASL  PLAIN\tX-plus  LOGIN', 'SASL PLAIN LOGIN'],
  ])('%j', (line, expected) => {
    expect(shown(line)).toBe(expected);
  });

  test.each(['VERSION 2', 'READER', 'POST', 'AUTHINFO USER SASL', 'SASL  PLAIN LOGIN', 'STARTTLSX', 'XSTARTTLS'])(
    '%j stays as it is',
    (line) => {
      const bytes = Buffer.from(line);
      expect(filterCapabilityLine(bytes, 'STARTTLS')).toBe(bytes);
    },
  );

  test('what is left offers neither STARTTLS nor a binding', () => {
    const word = fc.constantFrom('STARTTLS', 'starttls', 'SASL', 'PLAIN', 'X-PLUS', 'READER', ' ', '\t', '');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const left = shown(words.join(' ')) ?? '';
        expect(left).not.toMatch(/^\s*STARTTLS(?:\s|$)/i);
        expect(left).not.toMatch(/^\s*SASL\s.*-PLUS(?:\s|$)/i);
      }),
    );
  });
});

const capa = (text: string) => filterCapabilityLine(Buffer.from(text, 'latin1'), 'STLS')?.toString('latin1') ?? null;

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
    expect(filterCapabilityLine(bytes, 'STLS')).toBe(bytes);
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
  expect(filterMechanismLine(Buffer.from(line))?.toString()).toBe(expected);
});

test.each([
  ['STLS', true],
  ['stls ', true],
  ['XSTLS', false],
  ['STLSX', false],
  ['', false],
])('%j offers STLS: %s', (line, expected) => {
  expect(argumentsOf([Buffer.from(line)], 'STLS') !== null).toBe(expected);
});

test('what a list says of a capability, by its whole name and in any case', () => {
  const list = lines('AUTHINFO USER SASL', 'SASL plain LOGIN', 'post', 'MODE-READER', 'STARTTLSX');
  expect(argumentsOf(list, 'AUTHINFO')).toEqual(['USER', 'SASL']);
  expect(argumentsOf(list, 'SASL')).toEqual(['PLAIN', 'LOGIN']);
  expect(argumentsOf(list, 'POST')).toEqual([]);
  expect(argumentsOf(list, 'MODE-READER')).toEqual([]);
  for (const other of ['USER', 'STARTTLS', 'READER']) expect(argumentsOf(list, other)).toBeNull();
  expect(argumentsOf([], 'POST')).toBeNull();
});

test('TLS on the own leg is offered last, and where it has to come first, nothing is said of signing in', () => {
  const list = lines('USER', 'SASL PLAIN', 'AUTHINFO USER', 'UIDL');
  expect(offeringTls(list, 'STLS', 'offer').map(String)).toEqual([...list.map(String), 'STLS']);
  expect(offeringTls(list, 'STARTTLS', 'require').map(String)).toEqual(['UIDL', 'STARTTLS']);
});
