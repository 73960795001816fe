import { expect, test } from 'vitest';
import { cipherStrength } from '../../renderer/cipher-strength.ts';

test.each([
  ['TLS_AES_256_GCM_SHA384', 'very-strong'],
  ['TLS_CHACHA20_POLY1305_SHA256', 'very-strong'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'very-strong'],
  ['TLS_AES_128_GCM_SHA256', 'strong'],
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'strong'],
  ['TLS_SOMETHING_NEW', 'unknown'],
  ['', 'unknown'],
])('%s is %s', (cipher, strength) => {
  expect(cipherStrength(cipher)).toBe(strength);
});
