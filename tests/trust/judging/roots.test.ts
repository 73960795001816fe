import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { authoritiesInUse, createRoots, readAuthorities, systemStore } from '../../../proxy/trust/judging/roots.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority, pem } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';

const first = createAuthority({ cn: 'First' });
const second = createAuthority({ cn: 'Second' });
const namesake = createAuthority({ cn: 'First' });

describe('configured authorities', () => {
  test('are found by their names', () => {
    const roots = createRoots(trusting([first.certPem + second.certPem, namesake.certPem]));
    const { key } = readCertificate(first.der).subject;
    expect(roots.named(key).map(({ fingerprint }) => fingerprint)).toEqual([first.fingerprint, namesake.fingerprint]);
    expect(roots.named('nobody')).toEqual([]);
    expect(roots.has(readCertificate(second.der))).toBe(true);
    expect(roots.has(readCertificate(createAuthority({ cn: 'First' }).der))).toBe(false);
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
    const [mozilla = ''] = tls.rootCertificates;
    const one = readCertificate(new X509Certificate(mozilla).raw);
    const twice = createRoots({ certificateAuthorities: [first.certPem, mozilla, mozilla] });
    expect(twice.has(readCertificate(first.der))).toBe(true);
    expect(twice.named(one.subject.key).filter(({ fingerprint }) => fingerprint === one.fingerprint)).toHaveLength(1);
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
    const marked = createRoots(trusting([mozilla], true));
    expect(marked.isPublic(one)).toBe(true);
  });

  test('are those of the computer, and no other', () => {
    const own = createRoots(trusting([first.certPem]));
    const [mozilla = ''] = tls.rootCertificates;
    expect(own.has(readCertificate(new X509Certificate(mozilla).raw))).toBe(false);
    expect(own.has(readCertificate(first.der))).toBe(true);
  });
});

describe('the system’s authorities', () => {
  test.each<[string, (() => string[]) | null]>([
    ['this Node has no way to ask', null],
    ['there are none', () => []],
    [
      'asking fails',
      () => {
        throw new Error('no keychain');
      },
    ],
  ])('are nobody where %s, and it is said', (_, ask) => {
    for (const system of ['darwin', 'win32'] as const) {
      const store = systemStore(system, ask);
      expect(store).toEqual({ from: 'nowhere', pems: [] });
      expect(authoritiesInUse(store)).toMatch(/^\d+ of Mozilla, none of the system, whose store could not be read$/);
    }
  });

  test('are what the system gives, or its file', () => {
    const store = systemStore('darwin', () => [first.certPem, second.certPem]);
    expect(authoritiesInUse(store)).toMatch(/^\d+ of Mozilla, 2 of the system$/);
    expect(systemStore('linux', () => [first.certPem]).pems).not.toContain(first.certPem);
  });
});
