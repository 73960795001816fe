import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inert, nameText, serverNames, summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type CertificateOptions, issue, selfSigned } from '../../support/pki.ts';
import { authority } from '../support.ts';

const summary = (options: CertificateOptions) => summarise(readCertificate(selfSigned(options).der));

describe('inert text', () => {
  test.each([
    ['plain', 'mail.example.org', 'mail.example.org'],
    ['of other scripts', 'почта 邮件 البريد é', 'почта 邮件 البريد é'],
    ['with a colour', '\x1b[31mred', '\ufffd[31mred'],
    ['with a bell and line ends', 'a\x07\r\nb', 'a\ufffdb'],
    ['with a change of direction', 'a\u202egro.live', 'a\ufffdgro.live'],
    ['with isolates', '\u2066a\u2069', '\ufffda\ufffd'],
    ['with invisible marks', 'pay\u200bpal\ufeff', 'pay\ufffdpal\ufffd'],
    ['with separators', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
    ['with half a character', 'a\ud800b', 'a\ufffdb'],
    ['with C1 controls', 'a\u009bb', 'a\ufffdb'],
    ['with markup, which is for others to escape', '<b>&amp;', '<b>&amp;'],
  ])('%s', (_, text, shown) => {
    expect(inert(text)).toBe(shown);
  });

  test('is bounded, and piled-up accents are too', () => {
    expect(inert('a'.repeat(100_000))).toHaveLength(300);
    expect(inert('a'.repeat(300))).toHaveLength(300);
    expect(inert('a'.repeat(301)).endsWith('…')).toBe(true);
    expect(inert(`a${'\u0301'.repeat(500)}`)).toBe('a\ufffd');
    expect([...inert('😀'.repeat(1000), 10)]).toHaveLength(10);
  });

  test('holds no control and no formatting character, whatever it is made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(inert(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u);
      }),
    );
  });
});

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
