import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { derOfPem } from '../../proxy/contract/index.ts';
import { selfSigned } from '../support/pki.ts';

test('a certificate’s DER is what its PEM says, with either line end', () => {
  const { certPem } = selfSigned();
  const { raw } = new X509Certificate(certPem);
  expect(Buffer.from(derOfPem(certPem)).equals(raw)).toBe(true);
  expect(Buffer.from(derOfPem(certPem.replaceAll('\n', '\r\n'))).equals(raw)).toBe(true);
});
