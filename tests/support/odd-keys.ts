import { createPublicKey, type KeyObject } from 'node:crypto';
import { type KeyPair, keyPair } from './pki.ts';

/** Public keys of kinds and sizes that no tool makes. A certificate with one is signed by another key. */

const bigEndian = (number: bigint) => {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
};

/** An RSA key with this exponent, or with a modulus of this many bits (which is not a product of primes). */
export function rsaKey({ exponent = 65_537n, bits }: { exponent?: bigint; bits?: number }): KeyPair {
  const n = bits
    ? bigEndian(2n ** BigInt(bits) - 1n)
    : (keyPair('rsa2048').publicKey.export({ format: 'jwk' }).n ?? '');
  return publicOnly(createPublicKey({ key: { kty: 'RSA', n, e: bigEndian(exponent) }, format: 'jwk' }));
}

/** A pair whose private half belongs to another key: it can be put in a certificate, but signs nothing. */
export function publicOnly(publicKey: KeyObject): KeyPair {
  return { publicKey, privateKey: keyPair().privateKey };
}
