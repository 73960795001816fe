import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  filterCapabilityLine,
  offeredBeforeTls,
  offeredByCapabilities,
} from '../../proxy/protocols/nntp-capabilities.ts';

const shown = (text: string) => filterCapabilityLine(Buffer.from(text, 'latin1'))?.toString('latin1') ?? null;
const lines = (...texts: string[]) => texts.map((text) => Buffer.from(text));

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
      expect(filterCapabilityLine(bytes)).toBe(bytes);
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

test('before TLS: the offer as a whole word, and who switches modes', () => {
  expect(offeredBeforeTls(lines('VERSION 2', 'READER', 'starttls'))).toEqual({ startTls: true, switchesModes: false });
  expect(offeredBeforeTls(lines('IHAVE', 'MODE-READER', 'STARTTLSX'))).toEqual({
    startTls: false,
    switchesModes: true,
  });
  expect(offeredBeforeTls([])).toEqual({ startTls: false, switchesModes: false });
});

test('inside: how to sign in, and whether articles are taken', () => {
  expect(offeredByCapabilities(lines('AUTHINFO USER SASL', 'SASL plain LOGIN', 'POST'))).toEqual({
    user: true,
    mechanisms: ['PLAIN', 'LOGIN'],
    posting: true,
  });
  expect(offeredByCapabilities(lines('AUTHINFO', 'XPOST', 'USER'))).toEqual({
    user: false,
    mechanisms: [],
    posting: false,
  });
});
