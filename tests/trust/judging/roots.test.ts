import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createRoots, readAuthorities } from '../../../proxy/trust/judging/roots.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority, pem } from '../../support/pki.ts';

const first = createAuthority({ cn: 'First' });
const second = createAuthority({ cn: 'Second' });
const namesake = createAuthority({ cn: 'First' });

describe('configured authorities', () => {
  test('are found by their names', () => {
    const roots = createRoots({
      certificateAuthorities: [first.certPem + second.certPem, namesake.certPem],
      onlyConfigured: true,
    });
    const { key } = readCertificate(first.der).subject;
    expect(roots.named(key).map(({ fingerprint }) => fingerprint)).toEqual([first.fingerprint, namesake.fingerprint]);
    expect(roots.named('nobody')).toEqual([]);
    expect(roots.has(readCertificate(second.der))).toBe(true);
    expect(roots.has(readCertificate(createAuthority({ cn: 'First' }).der))).toBe(false);
  });

  test('are each handed to the TLS library once, in a form that it reads', () => {
    // Lengths of every remainder: base64 lines must end right whatever the size.
    const authorities = Array.from({ length: 50 }, (_, n) => createAuthority({ cn: 'x'.repeat(n + 1) }));
    const texts = authorities.map(({ certPem }) => certPem);
    const roots = createRoots({ certificateAuthorities: [...texts, ...texts], onlyConfigured: true });
    const read = roots.pem().map((text) => new X509Certificate(text).raw);
    expect(read).toEqual(authorities.map(({ der }) => der));
    expect(() => tls.createSecureContext({ ca: roots.pem() })).not.toThrow();
    expect(roots.pem().every((text) => !text.includes('\n\n'))).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['junk in PEM', pem('CERTIFICATE', Buffer.from('junk'))],
    ['a good one and a broken one', first.certPem + pem('CERTIFICATE', first.der.subarray(0, 100))],
  ])('that hold %s cannot be used', (_, text) => {
    expect(() => readAuthorities(text)).toThrow(/^it holds /);
    expect(() => createRoots({ certificateAuthorities: [text] })).toThrow();
  });
});

describe('public authorities', () => {
  const roots = createRoots({ certificateAuthorities: [first.certPem] });

  test("are Mozilla's, and all of them can be used", () => {
    for (const text of tls.rootCertificates) {
      const certificate = readCertificate(new X509Certificate(text).raw);
      expect(roots.has(certificate)).toBe(true);
      expect(certificate.key).not.toBeNull();
    }
  });

  test('stand beside the configured ones, each once', () => {
    expect(roots.has(readCertificate(first.der))).toBe(true);
    const texts = roots.pem();
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(tls.rootCertificates.length);
  });

  test('are marked as such, and nobody else is', () => {
    const [mozilla = ''] = tls.rootCertificates;
    const one = readCertificate(new X509Certificate(mozilla).raw);
    expect(roots.isPublic(one)).toBe(true);
    expect(roots.isPublic(readCertificate(first.der))).toBe(false);
    expect(roots.isPublic(readCertificate(second.der))).toBe(false);
  });

  test('that the person has named count as the choice of the person', () => {
    const [mozilla = ''] = tls.rootCertificates;
    const one = readCertificate(new X509Certificate(mozilla).raw);
    expect(createRoots({ certificateAuthorities: [mozilla] }).isPublic(one)).toBe(false);
    const marked = createRoots({ certificateAuthorities: [mozilla], onlyConfigured: true, asPublic: true });
    expect(marked.isPublic(one)).toBe(true);
  });

  test('are left out where only the configured ones are meant', () => {
    const own = createRoots({ certificateAuthorities: [first.certPem], onlyConfigured: true });
    expect(own.pem()).toHaveLength(1);
  });
});
