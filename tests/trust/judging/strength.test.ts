import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeKey, judgeStrength } from '../../../proxy/trust/judging/strength.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type HashName, type KeyKind, keyPair, selfSigned } from '../../support/pki.ts';

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

  test.each<[string, () => KeyObject]>([
    ['a kind for another purpose', () => generateKeyPairSync('x25519').publicKey],
    ['an RSA exponent of one', () => rsaWithExponent('AQ')],
    ['an even RSA exponent', () => rsaWithExponent('AAQ')],
    ['a curve that is not known', () => generateKeyPairSync('ec', { namedCurve: 'brainpoolP160r1' }).publicKey],
  ])('%s is weak', (_, make) => {
    const certificate = { ...readCertificate(selfSigned({ cn: 'x' }).der), key: make() };
    expect(judgeStrength([certificate], true)).toMatchObject([{ problem: 'weak-key' }]);
  });
});

function rsaWithExponent(e: string): KeyObject {
  const { n } = keyPair('rsa2048').publicKey.export({ format: 'jwk' });
  return createPublicKey({ key: { kty: 'RSA', n: n ?? '', e }, format: 'jwk' });
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

test('a key that cannot be read has no description', () => {
  expect(describeKey(null)).toBe('unreadable');
});
