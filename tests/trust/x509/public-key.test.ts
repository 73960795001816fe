import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DerFault, DerReader } from '../../../proxy/trust/x509/der.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { describeKey, isUsable, readPublicKey, unitsOf } from '../../../proxy/trust/x509/public-key.ts';
import { rsaKey } from '../../support/odd-keys.ts';
import { der, keyPair } from '../../support/pki.ts';

const read = (key: KeyObject) => {
  const info = new DerReader(key.export({ type: 'spki', format: 'der' })).next();
  return readPublicKey(info.content).publicKey;
};
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;

describe('keys are read as the library reads them, and described', () => {
  test.each<[string, () => KeyObject]>([
    ['RSA 2048', () => keyPair('rsa2048').publicKey],
    ['RSA 2047', () => keyPair('rsa2047').publicKey],
    ['RSA-PSS 2048', () => keyPair('rsa-pss').publicKey],
    ['EC prime256v1', () => ec('prime256v1')],
    ['EC secp384r1', () => ec('secp384r1')],
    ['EC secp521r1', () => ec('secp521r1')],
    ['EC secp224r1', () => ec('secp224r1')],
    ['EC secp256k1', () => ec('secp256k1')],
    ['EC prime192v1', () => ec('prime192v1')],
    ['EC brainpoolP256r1', () => ec('brainpoolP256r1')],
    ['EC brainpoolP320r1', () => ec('brainpoolP320r1')],
    ['EC brainpoolP384r1', () => ec('brainpoolP384r1')],
    ['EC brainpoolP512r1', () => ec('brainpoolP512r1')],
    ['EC 1.3.36.3.3.2.8.1.1.1', () => ec('brainpoolP160r1')],
    ['EC with a curve of its own', () => keyPair('ec-explicit').publicKey],
    ['Ed25519', () => keyPair('ed25519').publicKey],
    ['Ed448', () => generateKeyPairSync('ed448').publicKey],
    ['DSA', () => keyPair('dsa').publicKey],
    ['unreadable', () => generateKeyPairSync('x25519').publicKey],
  ])('%s', (text, make) => {
    const key = make();
    const found = read(key);
    expect(describeKey(found)).toBe(text);
    const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
    if ('bits' in found) expect(found).toMatchObject({ bits: modulusLength, exponent: publicExponent });
    if (found.kind === 'ec' && found.curve && !/^\d/.test(found.curve)) expect(found.curve).toBe(namedCurve);
  });
});

describe('nothing is checked with a key', () => {
  const usable = (key: KeyObject) => isUsable(read(key));

  test('whose exponent or size is beyond the limit', () => {
    const exponent = 2n ** BigInt(limits.rsaExponentBits);
    expect(usable(rsaKey({ exponent: exponent - 1n }).publicKey)).toBe(true);
    expect(usable(rsaKey({ exponent: exponent + 1n }).publicKey)).toBe(false);
    expect(usable(rsaKey({ exponent: 2n ** 2047n + 1n }).publicKey)).toBe(false);
    expect(usable(rsaKey({ bits: limits.rsaBits }).publicKey)).toBe(true);
    expect(usable(rsaKey({ bits: limits.rsaBits + 1 }).publicKey)).toBe(false);
  });

  test('of its own curve, of one that nobody knows, or of another kind', () => {
    expect(usable(keyPair('ec-explicit').publicKey)).toBe(false);
    expect(usable(ec('brainpoolP160r1'))).toBe(false);
    expect(usable(generateKeyPairSync('x25519').publicKey)).toBe(false);
    expect(usable(ec('prime256v1'))).toBe(true);
  });
});

test('slow keys count for more', () => {
  expect(unitsOf(read(ec('prime256v1')))).toBe(1);
  expect(unitsOf(read(keyPair('rsa4096').publicKey))).toBe(1);
  expect(unitsOf(read(ec('secp384r1')))).toBe(3);
  expect(unitsOf(read(rsaKey({ bits: 8_192 }).publicKey))).toBe(3);
});

test('a broken key is told from something that is no key', () => {
  const rsa = der(0x30, Buffer.from('06092a864886f70d010101', 'hex'), der(0x05));
  const broken = readPublicKey(Buffer.concat([rsa, der(0x03, Buffer.from([0, 1, 2]))])).publicKey;
  expect(broken).toEqual({ kind: 'broken' });
  expect(describeKey(broken)).toBe('unreadable');
  expect(isUsable(broken)).toBe(false);
  expect(() => readPublicKey(rsa)).toThrow(DerFault);
});
