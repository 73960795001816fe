import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSignedCertificate } from '../../../proxy/trust/x509/self-signed.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { needProgram } from '../../support/needs.ts';
import { mustRun } from '../../support/programs.ts';

const keys = {
  'RSA 2048': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey,
};
const content = {
  commonName: '192.168.7.1',
  dnsNames: ['home.example', 'home.local'],
  addresses: [
    [192, 168, 7, 1],
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ],
  notBefore: new Date('2000-01-01T00:00:00Z'),
  notAfter: new Date('2051-06-01T12:00:00Z'),
};

test.each(Object.entries(keys))('%s: says what it was told, and nothing against RFC 5280', (_, key) => {
  const pem = selfSignedCertificate(key, content);
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe('CN=192.168.7.1');
  expect(certificate.issuer).toBe(certificate.subject);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(key)).toBe(true);
  expect(certificate.subjectAltName).toBe(
    'DNS:home.example, DNS:home.local, IP Address:192.168.7.1, IP Address:FD00:0:0:0:0:0:0:1',
  );
  expect(certificate.ca).toBe(false);
  expect(certificate.validFromDate).toEqual(content.notBefore);
  expect(certificate.validToDate).toEqual(content.notAfter);
  const { faults, formalities } = readCertificate(certificate.raw);
  expect([faults, formalities]).toEqual([[], []]);
});

test.each(Object.entries(keys))(
  '%s: OpenSSL trusts it for each of its names and addresses once it is told to',
  async (_, key) => {
    const file = join(scratchDirectory('self-signed'), 'a.pem');
    writeFileSync(file, selfSignedCertificate(key, content));
    const verify = (...words: string[]) =>
      mustRun(needProgram('openssl'), [
        'verify',
        '-CAfile',
        file,
        '-purpose',
        'sslserver',
        '-x509_strict',
        ...words,
        file,
      ]);
    await verify('-verify_ip', '192.168.7.1');
    await verify('-verify_ip', 'fd00::1');
    await verify('-verify_hostname', 'home.local');
    await expect(verify('-verify_ip', '192.168.7.2')).rejects.toThrow();
  },
);

test('a key of another kind is refused', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  expect(() => selfSignedCertificate(privateKey, content)).toThrow('ed25519');
});
