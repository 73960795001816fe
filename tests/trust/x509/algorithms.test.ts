import { expect, test } from 'vitest';
import { readHashAlgorithm, readSignatureAlgorithm } from '../../../proxy/trust/x509/algorithms.ts';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { der } from '../../support/pki.ts';

const oids: Record<string, string> = {
  md5Rsa: '06092a864886f70d010104',
  sha1Rsa: '06092a864886f70d010105',
  sha1RsaOld: '06052b0e03021d',
  sha256Rsa: '06092a864886f70d01010b',
  sha1Ecdsa: '06072a8648ce3d0401',
  sha384Ecdsa: '06082a8648ce3d040303',
  ed25519: '06032b6570',
  unknown: '06032a0304',
  pss: '06092a864886f70d01010a',
  sha1: '06052b0e03021a',
  sha256: '0609608648016503040201',
};
const oid = (name: string) => Buffer.from(oids[name] ?? '', 'hex');
const pss = (hash?: string) =>
  der(0x30, oid('pss'), ...(hash ? [der(0x30, der(0xa0, der(0x30, oid(hash))))] : [der(0x30)]));

test.each([
  ['MD5 with RSA', der(0x30, oid('md5Rsa'), der(0x05)), false],
  ['SHA-1 with RSA', der(0x30, oid('sha1Rsa'), der(0x05)), false],
  ['SHA-1 with RSA', der(0x30, oid('sha1RsaOld')), false],
  ['SHA-256 with RSA', der(0x30, oid('sha256Rsa'), der(0x05)), true],
  ['SHA-1 with ECDSA', der(0x30, oid('sha1Ecdsa')), false],
  ['SHA-384 with ECDSA', der(0x30, oid('sha384Ecdsa')), true],
  ['Ed25519', der(0x30, oid('ed25519')), true],
  ['SHA-256 with RSA-PSS', pss('sha256'), true],
  ['SHA-1 with RSA-PSS', pss('sha1'), false],
  ['SHA-1 with RSA-PSS', pss(), false],
  ['SHA-1 with RSA-PSS', der(0x30, oid('pss')), false],
  ['unknown hash (1.2.3.4) with RSA-PSS', pss('unknown'), false],
  ['unknown (1.2.3.4)', der(0x30, oid('unknown')), false],
])('%s', (name, bytes, strong) => {
  expect(readSignatureAlgorithm(bytes)).toMatchObject({ name, strong });
});

test('hashes', () => {
  expect(readHashAlgorithm(der(0x30, oid('sha1')))).toBe('sha1');
  expect(readHashAlgorithm(der(0x30, oid('sha256'), der(0x05)))).toBe('sha256');
  expect(readHashAlgorithm(der(0x30, oid('unknown')))).toBeNull();
});

test('what is none is a fault', () => {
  expect(() => readSignatureAlgorithm(der(0x30))).toThrow(DerFault);
  expect(() => readSignatureAlgorithm(oid('ed25519'))).toThrow(DerFault);
  expect(() => readHashAlgorithm(der(0x05))).toThrow(DerFault);
});
