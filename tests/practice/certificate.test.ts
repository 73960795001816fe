import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { makeSelfSignedCertificate } from '../../proxy/practice/certificate.ts';

test('a certificate that signed itself, for this name, with a key that fits', () => {
  const { cert, key } = makeSelfSignedCertificate('practice.localhost');
  const certificate = new X509Certificate(cert);
  expect(certificate.subject).toBe('CN=practice.localhost');
  expect(certificate.issuer).toBe(certificate.subject);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.subjectAltName).toBe('DNS:practice.localhost');
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(() => createSecureContext({ cert, key })).not.toThrow();
});

test('valid now, and for about three months', () => {
  const { validFromDate, validToDate } = new X509Certificate(makeSelfSignedCertificate('a.localhost').cert);
  expect(validFromDate.getTime()).toBeLessThan(Date.now());
  const days = (validToDate.getTime() - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(89);
  expect(days).toBeLessThan(91);
});

test('another key and another serial number each time', () => {
  const [one, other] = [1, 2].map(() => new X509Certificate(makeSelfSignedCertificate('a.localhost').cert));
  expect(one?.serialNumber).not.toBe(other?.serialNumber);
  expect(one?.publicKey.export({ type: 'spki', format: 'pem' })).not.toBe(
    other?.publicKey.export({ type: 'spki', format: 'pem' }),
  );
});
