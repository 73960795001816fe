import { describe, expect, test } from 'vitest';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { readName } from '../../../proxy/trust/x509/distinguished-name.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { der } from '../../support/pki.ts';

const commonName = Buffer.from('0603550403', 'hex');
const organisation = Buffer.from('060355040a', 'hex');
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const printable = (text: string) => der(0x13, Buffer.from(text));
const attribute = (type: Buffer, value: Buffer) => der(0x30, type, value);
const name = (...relative: Buffer[][]) => readName(der(0x30, ...relative.map((parts) => der(0x31, ...parts))));

describe('names are equal', () => {
  const reference = name([attribute(commonName, utf8('Example Root'))]);
  test.each([
    ['in another encoding', printable('Example Root')],
    ['in another case', utf8('EXAMPLE root')],
    ['with other spaces', utf8('  Example   Root ')],
    ['in BMPString', der(0x1e, Buffer.from('Example Root', 'utf16le').swap16())],
  ])('%s', (_, value) => {
    expect(name([attribute(commonName, value)]).key).toBe(reference.key);
  });

  test('whatever the order inside one part', () => {
    const parts = [attribute(commonName, utf8('a')), attribute(organisation, utf8('b'))];
    expect(name(parts).key).toBe(name([...parts].reverse()).key);
  });
});

describe('names differ', () => {
  const one = name([attribute(commonName, utf8('a'))], [attribute(organisation, utf8('b'))]);
  test.each([
    ['by text', name([attribute(commonName, utf8('a'))], [attribute(organisation, utf8('c'))])],
    ['by kind', name([attribute(organisation, utf8('a'))], [attribute(organisation, utf8('b'))])],
    ['by order', name([attribute(organisation, utf8('b'))], [attribute(commonName, utf8('a'))])],
    ['by parts', name([attribute(commonName, utf8('a')), attribute(organisation, utf8('b'))])],
    ['by length', name([attribute(commonName, utf8('a'))])],
    ['by a text that imitates the separators', name([attribute(commonName, utf8('a"/2.5.4.10="b'))])],
  ])('%s', (_, other) => {
    expect(other.key).not.toBe(one.key);
  });

  test('in values that are no text', () => {
    const odd = (byte: number) => name([attribute(commonName, der(0x04, Buffer.from([byte])))]);
    expect(odd(1).key).not.toBe(odd(2).key);
    expect(odd(1).attributes).toEqual([{ type: 'CN', text: '#040101' }]);
  });
});

test('an empty name is known as such', () => {
  expect(name()).toMatchObject({ empty: true, keys: [], attributes: [] });
});

test.each([
  ['no sequence', der(0x31)],
  ['an empty part', der(0x30, der(0x31))],
  ['an attribute without a value', der(0x30, der(0x31, der(0x30, commonName)))],
  ['more in an attribute than a value', der(0x30, der(0x31, der(0x30, commonName, utf8('a'), utf8('b'))))],
  [
    'endlessly many parts',
    der(0x30, ...Array(limits.nameAttributes + 1).fill(der(0x31, attribute(commonName, utf8('a'))))),
  ],
])('%s is a fault', (_, bytes) => {
  expect(() => readName(bytes)).toThrow(DerFault);
});

test('as many parts as are taken are read', () => {
  const part = [attribute(commonName, utf8('a'))];
  expect(name(...Array(limits.nameAttributes).fill(part)).attributes).toHaveLength(limits.nameAttributes);
});

describe('texts that would take long to compare are compared byte by byte', () => {
  const key = (text: string) => name([attribute(commonName, utf8(text))]).key;
  const sameInAnotherCase = (text: string) => key(text) === key(text.toUpperCase());

  test('those that are long', () => {
    expect(sameInAnotherCase('a'.repeat(limits.comparedText))).toBe(true);
    expect(sameInAnotherCase('a'.repeat(limits.comparedText + 1))).toBe(false);
    expect(key('a'.repeat(limits.comparedText + 1))).toBe(key('a'.repeat(limits.comparedText + 1)));
  });

  test('those with many accents in a row', () => {
    expect(sameInAnotherCase(`x${'\u0301'.repeat(limits.comparedMarks)}`)).toBe(true);
    expect(sameInAnotherCase(`x${'\u0301'.repeat(limits.comparedMarks + 1)}`)).toBe(false);
  });

  test('those of every character that begins with an accent once it is taken apart', () => {
    const isAccent = /^\p{M}/u;
    const missed: string[] = [];
    for (let point = 0xa0; point <= 0x10_ffff; point += 1) {
      const text = String.fromCodePoint(point);
      if (isAccent.test(text) || !isAccent.test(text.normalize('NFKD'))) continue;
      if (sameInAnotherCase(`x${text.repeat(limits.comparedMarks + 1)}`)) missed.push(point.toString(16));
    }
    expect(missed).toEqual([]);
  });
});
