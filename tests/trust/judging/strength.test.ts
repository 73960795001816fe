import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judgeStrength } from '../../../proxy/trust/judging/strength.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { publicOnly, rsaKey } from '../../support/odd-keys.ts';
import {
  createAuthority,
  type HashName,
  issue,
  type KeyKind,
  type KeyPair,
  keyPair,
  selfSigned,
} from '../../support/pki.ts';

const words = (key: KeyKind, hash: HashName = 'sha256', anchored = false) =>
  judgeStrength([readCertificate(selfSigned({ cn: 'x', key, hash }).der)], anchored).map(({ problem }) => problem);

describe('keys', () => {
  test.each(['ec', 'ec384', 'ed25519', 'rsa2048', 'rsa4096', 'rsa-pss'] as const)('%s is strong', (kind) => {
    expect(words(kind)).toEqual([]);
  });

  test.each([
    ['rsa1024', 'RSA with 1024 bits'],
    ['rsa2047', 'RSA with 2047 bits'],
    ['ec224', 'an elliptic curve of 224 bits'],
  ] as const)('%s is weak', (kind, why) => {
    const [detail] = judgeStrength([readCertificate(selfSigned({ cn: 'x', key: kind }).der)], true);
    expect(detail).toMatchObject({ problem: 'weak-key', text: expect.stringContaining(why) });
  });

  test('DSA is weak, whatever its size', () => {
    expect(words('dsa', 'sha256', true)).toEqual(['weak-key']);
  });

  test.each<[string, KeyPair]>([
    ['a kind for another purpose', publicOnly(generateKeyPairSync('x25519').publicKey)],
    ['an RSA exponent of one', rsaKey({ exponent: 1n })],
    ['an even RSA exponent', rsaKey({ exponent: 4n })],
    ['a curve that is not known', publicOnly(generateKeyPairSync('ec', { namedCurve: 'brainpoolP160r1' }).publicKey)],
    ['a curve of its own', keyPair('ec-explicit')],
    ['an endless RSA exponent', rsaKey({ exponent: 2n ** 2040n + 1n })],
    ['an RSA exponent one bit too long', rsaKey({ exponent: 2n ** BigInt(limits.rsaExponentBits) + 1n })],
  ])('%s is weak', (_, key) => {
    expect(judgeStrength([withKey(key)], true)).toMatchObject([{ problem: 'weak-key' }]);
    // No signature is ever checked with it.
    expect(withKey(key).faults).toEqual([]);
  });

  test('the longest RSA exponent that is taken is strong', () => {
    const exponent = 2n ** BigInt(limits.rsaExponentBits) - 1n;
    expect(judgeStrength([withKey(rsaKey({ exponent }))], true)).toEqual([]);
  });

  test.each(['ec384', 'ec521'] as const)('%s is strong', (kind) => {
    expect(words(kind)).toEqual([]);
  });
});

/** A certificate for this key, signed by another one: some of these keys cannot sign. */
function withKey(key: KeyPair) {
  return readCertificate(issue(createAuthority(), { cn: 'x', key }).der);
}

describe('signatures', () => {
  test.each<[KeyKind, HashName, boolean]>([
    ['rsa2048', 'md5', true],
    ['rsa2048', 'sha1', true],
    ['ec', 'sha1', true],
    ['rsa2048', 'sha512', false],
    ['ec', 'sha512', false],
  ])('%s with %s', (kind, hash, weak) => {
    expect(words(kind, hash)).toEqual(weak ? ['weak-signature'] : []);
    expect(words(kind, hash, true)).toEqual([]);
  });
});
