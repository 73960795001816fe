import { describe, expect, test } from 'vitest';
import { DerFault, DerReader } from '../../../proxy/trust/x509/der.ts';
import { readDistributionPoints, readPointName } from '../../../proxy/trust/x509/distribution-points.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { der } from '../../support/pki.ts';

const uri = (text: string) => der(0x86, Buffer.from(text));
const fullName = (...names: Buffer[]) => der(0xa0, der(0xa0, ...names));
const point = (...fields: Buffer[]) => der(0x30, ...fields);
const directory = der(0xa4, der(0x30));

describe('points are read', () => {
  test.each<[string, Buffer, object]>([
    ['with their addresses', point(fullName(uri('http://a'), uri('ldap://b'))), { urls: ['http://a', 'ldap://b'] }],
    ['for some reasons', point(fullName(uri('http://a')), der(0x81, Buffer.from([1, 64]))), { forSomeReasons: true }],
    ['with who signs', point(der(0xa2, directory)), { urls: [], signers: [{ kind: 'directory' }] }],
    ['relative to the issuer', point(der(0xa0, der(0xa1, Buffer.from('0603550403', 'hex')))), { urls: [] }],
  ])('%s', (_, one, found) => {
    expect(readDistributionPoints(der(0x30, one))).toMatchObject([found]);
  });

  test.each<[string, (entry: Buffer[]) => Buffer]>([
    ['points', (entries) => der(0x30, ...entries.map((entry) => point(fullName(entry))))],
    ['addresses of one point', (entries) => der(0x30, point(fullName(...entries)))],
    ['signers of one point', (entries) => der(0x30, point(der(0xa2, ...entries)))],
  ])('up to as many %s as anybody needs', (_, of) => {
    const list = (count: number) => of(Array<Buffer>(count).fill(uri('http://a')));
    expect(readDistributionPoints(list(limits.entries)).length).toBeGreaterThan(0);
    expect(() => readDistributionPoints(list(limits.entries + 1))).toThrow(DerFault);
  });
});

test('what is no name of a point is a fault', () => {
  for (const inside of [der(0x05), Buffer.alloc(0), Buffer.concat([der(0xa0), der(0xa1)])]) {
    expect(() => readPointName(new DerReader(der(0xa0, inside)).next())).toThrow(DerFault);
  }
});
