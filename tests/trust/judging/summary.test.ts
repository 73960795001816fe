import { describe, expect, test } from 'vitest';
import { nameText, serverNames, summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type CertificateOptions, issue, selfSigned } from '../../support/pki.ts';
import { authority } from '../support.ts';

const summary = (options: CertificateOptions) => summarise(readCertificate(selfSigned(options).der));

describe('a summary', () => {
  test('holds what a person may want to compare', () => {
    const identity = issue(authority, {
      names: ['mail.example.org'],
      ips: ['192.0.2.1', '2001:db8::1'],
      otherNames: [{ email: 'a@example.org' }],
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2060-01-01T00:00:00Z'),
      serial: Buffer.from('0123456789', 'hex'),
    });
    expect(summarise(readCertificate(identity.der))).toEqual({
      fingerprint: identity.fingerprint,
      publicKeyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      subject: 'CN=mail.example.org',
      issuer: 'CN=Trusted Test Root',
      names: ['mail.example.org', '192.0.2.1', '2001:db8::1'],
      namesOmitted: 0,
      serialNumber: '0123456789',
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2060-01-01T00:00:00.000Z',
      key: 'EC prime256v1',
      signature: 'SHA-256 with ECDSA',
    });
  });

  test.each<[CertificateOptions, string, string]>([
    [{ key: 'rsa2048' }, 'RSA 2048', 'SHA-256 with RSA'],
    [{ key: 'rsa2048', hash: 'md5' }, 'RSA 2048', 'MD5 with RSA'],
    [{ key: 'rsa-pss' }, 'RSA-PSS 2048', 'SHA-256 with RSA-PSS'],
    [{ key: 'ec384', hash: 'sha384' }, 'EC secp384r1', 'SHA-384 with ECDSA'],
    [{ key: 'ed25519' }, 'Ed25519', 'Ed25519'],
    [{ key: 'dsa' }, 'DSA', 'unknown (2.16.840.1.101.3.4.3.2)'],
  ])('names keys and signatures: %o', (options, key, signature) => {
    expect(summary(options)).toMatchObject({ key, signature });
  });

  test('of a hostile certificate is harmless and small', () => {
    const evil = `\u202e\x1b[2J<script>${'x'.repeat(50_000)}`;
    const shown = summary({ cn: evil, names: [`\0${'a'.repeat(5000)}`, ...Array(500).fill('b.example')] });
    expect(JSON.stringify(shown).length).toBeLessThan(10_000);
    expect(shown.subject).toMatch(/^CN=\ufffd\[2J<script>x+…$/);
    expect(shown.names).toHaveLength(100);
    expect(shown.namesOmitted).toBe(401);
  });

  test('of a certificate without a subject says so', () => {
    expect(summary({ cn: null, names: ['a.example'] }).subject).toBe('(no name)');
    expect(serverNames(null)).toEqual([]);
    expect(nameText(readCertificate(selfSigned({ cn: 'a' }).der).subject)).toBe('CN=a');
  });
});
