import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { expectOfMangled } from '../../support/mangled.ts';
import { type CertificateOptions, createAuthority, der, issue, selfSigned } from '../../support/pki.ts';
import { authority } from '../support.ts';

const identity = issue(authority, { names: ['mail.example.org'] });

describe('a certificate', () => {
  test('is read in full', () => {
    const certificate = readCertificate(identity.der);
    expect(certificate).toMatchObject({ fingerprint: identity.fingerprint, selfIssued: false, faults: [] });
    expect(certificate.issuer.key).toBe(readCertificate(authority.der).subject.key);
    expect(certificate.notAfter - certificate.notBefore).toBe(91 * 86_400);
  });

  test('is read once, whoever asks, and not from memory that its owner changes', () => {
    const { der: bytes } = selfSigned({ cn: 'once' });
    const mine = Buffer.from(bytes);
    const first = readCertificate(mine);
    mine.fill(0);
    expect(readCertificate(Buffer.from(bytes))).toBe(first);
    expect(first.der.equals(bytes)).toBe(true);
  });

  test('is forgotten when many others came after it', () => {
    const first = readCertificate(identity.der);
    for (let more = 0; more < 64; more += 1) readCertificate(selfSigned({ serial: Buffer.from([1, more]) }).der);
    const again = readCertificate(identity.der);
    expect(again).not.toBe(first);
    expect(again.fingerprint).toBe(first.fingerprint);
  });

  test('is signed by whom it says, and by nobody else', () => {
    const certificate = readCertificate(identity.der);
    expect(certificate.isSignedBy(readCertificate(authority.der))).toBe(true);
    expect(certificate.isSignedBy(readCertificate(createAuthority().der))).toBe(false);
    const rsa = readCertificate(createAuthority({ key: 'rsa2048' }).der);
    expect(certificate.isSignedBy(rsa)).toBe(false);
    expect(certificate.isSignedBy({ ...rsa, key: null })).toBe(false);
  });

  test('keeps the fingerprint of its key when only the dates are renewed', () => {
    const renewed = readCertificate(selfSigned({ key: identity.keys, cn: 'x' }).der);
    expect(renewed.publicKeyFingerprint).toBe(readCertificate(identity.der).publicKeyFingerprint);
    expect(renewed.fingerprint).not.toBe(identity.fingerprint);
  });
});

describe('a fault is told', () => {
  test.each<[string, CertificateOptions]>([
    ['negative serial number', { serial: Buffer.from([0x80]) }],
    ['a serial number without end', { serial: Buffer.alloc(65, 1) }],
    ['does not name its issuer', { cn: null, names: ['a.example'] }],
  ])('%s', (text, options) => {
    expect(readCertificate(selfSigned(options).der).faults.join()).toContain(text);
  });

  test.each<[string, CertificateOptions]>([
    ['more than 20 bytes', { serial: Buffer.alloc(21, 1) }],
    ['no subject', { cn: null, names: ['a.example'], sanCritical: false }],
    ['an RSA key of an uneven size', { cn: 'x', key: 'rsa2047' }],
  ])('or a formality: %s', (text, options) => {
    const { faults, formalities } = readCertificate(issue(createAuthority(), options).der);
    expect(faults).toEqual([]);
    expect(formalities.join()).toContain(text);
  });

  test('the serial number zero, which is fine where it is the issuer itself', () => {
    const serial = Buffer.from([0]);
    expect(readCertificate(issue(createAuthority(), { serial }).der).formalities).toEqual([
      'has the serial number zero',
    ]);
    expect(readCertificate(selfSigned({ serial }).der).formalities).toEqual([]);
  });

  test('a serial number of 20 bytes is fine', () => {
    expect(readCertificate(selfSigned({ serial: Buffer.alloc(20, 1) }).der).formalities).toEqual([]);
  });

  test('two signature algorithms that differ', () => {
    // ecdsa-with-SHA256 is first inside and last outside; the outer one becomes ecdsa-with-SHA384.
    const changed = Buffer.from(identity.der);
    const oid = Buffer.from('06082a8648ce3d040302', 'hex');
    changed.writeUInt8(3, changed.lastIndexOf(oid) + oid.length - 1);
    expect(readCertificate(changed).faults.join()).toContain('two different signature algorithms');
  });

  test('a certificate of version 1', () => {
    // The version is an explicit element of five bytes: without it the rest is a version 1 certificate with extensions.
    const [outer] = [identity.der.subarray(4)];
    const body = outer.subarray(4, 4 + outer.readUInt16BE(2));
    const rest = outer.subarray(4 + body.length);
    const first = der(0x30, der(0x30, body.subarray(5)), rest);
    expect(readCertificate(first).version).toBe(1);
    expect(readCertificate(first).faults.join()).toMatch(/its version does not have/);
  });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['something else', der(0x30, der(0x05))],
  ['a certificate with more behind it', Buffer.concat([identity.der, Buffer.from([0])])],
  ['PEM text', Buffer.from(identity.certPem)],
])('%s is no certificate', (_, bytes) => {
  expect(() => readCertificate(bytes)).toThrow(DerFault);
});

test('a certificate with any byte of it changed, or cut anywhere, is read or said to be broken', () => {
  const fine = identity.der;
  const read = (bytes: Uint8Array) => {
    try {
      readCertificate(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DerFault);
    }
  };
  expectOfMangled(fine, read, 1000);
});
