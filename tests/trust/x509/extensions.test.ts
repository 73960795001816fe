import { describe, expect, test } from 'vitest';
import { DerFault, DerReader } from '../../../proxy/trust/x509/der.ts';
import { readExtensions } from '../../../proxy/trust/x509/extensions.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { der } from '../../support/pki.ts';

const critical = der(0x01, Buffer.from([0xff]));
const ids = {
  aia: '06082b06010505070101',
  tlsFeature: '06082b06010505070118',
  subjectKey: '0603551d0e',
  keyUsage: '0603551d0f',
  names: '0603551d11',
  basic: '0603551d13',
  constraints: '0603551d1e',
  authorityKey: '0603551d23',
  purposes: '0603551d25',
  unknown: '06032a0304',
  policies: '0603551d20',
  mappings: '0603551d21',
};

function extension(id: keyof typeof ids, value: Buffer, isCritical = false): Buffer {
  return der(0x30, Buffer.from(ids[id], 'hex'), ...(isCritical ? [critical] : []), der(0x04, value));
}

function read(...extensions: Buffer[]) {
  const faults: string[] = [];
  const formalities: string[] = [];
  const found = readExtensions(DerReader.inside(der(0x30, ...extensions)), faults, formalities);
  return { found, faults, formalities };
}

const bits = (...bytes: number[]) => der(0x03, Buffer.from(bytes));

describe('extensions are read', () => {
  test('each for what it says', () => {
    const { found, faults } = read(
      extension('basic', der(0x30, critical, der(0x02, Buffer.from([3]))), true),
      extension('keyUsage', bits(1, 0x86), true),
      extension('purposes', der(0x30, Buffer.from('06082b06010505070301', 'hex'))),
      extension('names', der(0x30, der(0x82, Buffer.from('a.example'))), true),
      extension('constraints', der(0x30, der(0xa1, der(0x30, der(0x82, Buffer.from('b.example')))))),
      extension('subjectKey', der(0x04, Buffer.from('k'))),
      extension('authorityKey', der(0x30, der(0x80, Buffer.from('i')))),
      extension('tlsFeature', der(0x30, der(0x02, Buffer.from([17])), der(0x02, Buffer.from([5])))),
    );
    expect(faults).toEqual([]);
    expect(found).toMatchObject({
      basicConstraints: { ca: true, pathLength: 3, critical: true },
      keyUsage: new Set(['digitalSignature', 'keyCertSign', 'cRLSign']),
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
      subjectAltName: [{ kind: 'dns', text: 'a.example' }],
      subjectAltNameCritical: true,
      nameConstraints: { permitted: [], excluded: [{ kind: 'dns', text: 'b.example' }] },
      subjectKeyIdentifier: Buffer.from('k'),
      extendedKeyUsageCritical: false,
      authorityKeyIdentifier: Buffer.from('i'),
      authorityByKeyAlone: true,
      mustStaple: true,
      unknownCritical: [],
    });
  });

  test('none at all', () => {
    expect(readExtensions(null, [], [])).toMatchObject({
      basicConstraints: null,
      unknownCritical: [],
      mustStaple: false,
    });
  });

  test('another TLS feature promises nothing', () => {
    expect(read(extension('tlsFeature', der(0x30, der(0x02, Buffer.from([17]))))).found.mustStaple).toBe(false);
  });
});

describe('critical extensions that are not processed are told', () => {
  test.each(['unknown', 'subjectKey', 'authorityKey', 'aia'] as const)('%s', (id) => {
    const values = {
      unknown: der(0x05),
      subjectKey: der(0x04),
      authorityKey: der(0x30),
      aia: der(0x30, der(0x30, Buffer.from('06082b06010505073001', 'hex'), der(0x86, Buffer.from('http://a')))),
    };
    expect(read(extension(id, values[id], true)).found.unknownCritical).toHaveLength(1);
    expect(read(extension(id, values[id])).found.unknownCritical).toEqual([]);
  });
});

describe('what cannot be read is a fault and never missing', () => {
  test.each<[keyof typeof ids, Buffer]>([
    ['basic', der(0x05)],
    ['basic', der(0x30, der(0x02, Buffer.from([0xff])))],
    ['basic', der(0x30, der(0x01, Buffer.from([1])))],
    ['keyUsage', bits(0)],
    ['keyUsage', der(0x04)],
    ['purposes', der(0x30)],
    ['purposes', der(0x30, der(0x05))],
    ['names', Buffer.from('a.example')],
    ['names', der(0x30)],
    ['names', Buffer.concat([der(0x30, der(0x82, Buffer.from('a'))), der(0x05)])],
    ['constraints', der(0x30)],
    ['constraints', der(0x30, der(0xa0))],
    ['tlsFeature', der(0x05)],
    ['subjectKey', der(0x05)],
    ['authorityKey', der(0x05)],
    ['aia', Buffer.from('malformed')],
    ['aia', der(0x30)],
  ])('%s %o', (id, value) => {
    expect(read(extension(id, value)).faults).toEqual([expect.stringContaining('cannot be read')]);
  });

  test('and twice the same is one too', () => {
    const { faults } = read(extension('unknown', der(0x05)), extension('unknown', der(0x05)));
    expect(faults).toEqual([expect.stringContaining('twice')]);
  });

  test('and the list itself cannot be odd', () => {
    expect(() => read(der(0x30))).toThrow(DerFault);
    expect(() => read(der(0x05))).toThrow(DerFault);
    const many = Array.from({ length: 101 }, (_, n) => der(0x30, der(0x06, Buffer.from([42, n])), der(0x04)));
    expect(() => read(...many)).toThrow(DerFault);
    expect(read(...many.slice(1)).faults).toEqual([]);
  });
});

describe('lists are read as far as anybody needs them', () => {
  const some = der(0x06, Buffer.from([42, 3]));
  const entries: [keyof typeof ids, Buffer][] = [
    ['purposes', some],
    ['policies', der(0x30, some)],
    ['mappings', der(0x30, some, some)],
    ['aia', der(0x30, some, der(0x86, Buffer.from('http://a')))],
    ['tlsFeature', der(0x02, Buffer.from([17]))],
  ];
  test.each(entries)('%s', (id, entry) => {
    const list = (count: number) => extension(id, der(0x30, ...Array<Buffer>(count).fill(entry)));
    expect(read(list(limits.entries)).faults).toEqual([]);
    expect(read(list(limits.entries + 1)).faults).toEqual([expect.stringContaining('cannot be read')]);
  });
});
