import { DerFault, DerReader, readInteger, readOctets, readOid, tag } from './der.ts';
import { limits } from './limits.ts';

/** A key as in a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), whatever the TLS library makes of it. */
export type PublicKey =
  | { kind: 'rsa' | 'rsa-pss'; bits: number; exponent: bigint }
  /**
   * The curve by OpenSSL's name, or its object identifier; null for one that is spelled out (RFC 5480 §2.1.1 forbids
   * it).
   */
  | { kind: 'ec'; curve: string | null }
  | { kind: 'ed25519' | 'ed448' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87' | 'dsa' }
  | { kind: 'unknown'; oid: string }
  /** Of a known kind, but broken. */
  | { kind: 'broken' };

const kinds: Record<string, PublicKey['kind']> = {
  '1.2.840.113549.1.1.1': 'rsa',
  '1.2.840.113549.1.1.10': 'rsa-pss',
  '1.2.840.10045.2.1': 'ec',
  '1.2.840.10040.4.1': 'dsa',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
  '2.16.840.1.101.3.4.3.17': 'ml-dsa-44',
  '2.16.840.1.101.3.4.3.18': 'ml-dsa-65',
  '2.16.840.1.101.3.4.3.19': 'ml-dsa-87',
};

const curves: Record<string, string> = {
  '1.2.840.10045.3.1.7': 'prime256v1',
  '1.2.840.10045.3.1.1': 'prime192v1',
  '1.3.132.0.10': 'secp256k1',
  '1.3.132.0.33': 'secp224r1',
  '1.3.132.0.34': 'secp384r1',
  '1.3.132.0.35': 'secp521r1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.9': 'brainpoolP320r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
};

/** Fast in every library that we know: less than 0.15 ms per signature. Others take up to 1 ms. */
const fastCurves = new Set(['prime256v1']);
const fastRsaBits = 4_096;

/**
 * @param info inside the SubjectPublicKeyInfo
 * @returns the key, and its bits as OCSP names them (RFC 6960 §4.1.1)
 * @throws {DerFault} when it is not a SubjectPublicKeyInfo
 */
export function readPublicKey(info: Buffer): { publicKey: PublicKey; keyBits: Buffer } {
  const reader = new DerReader(info);
  const algorithm = reader.enter();
  const oid = readOid(algorithm.expect(tag.oid).content);
  const keyBits = readOctets(reader.expect(tag.bitString).content);
  reader.end();
  const kind = kinds[oid] ?? 'unknown';
  try {
    if (kind === 'unknown') return { publicKey: { kind, oid }, keyBits };
    if (kind === 'rsa' || kind === 'rsa-pss') return { publicKey: { kind, ...readRsa(keyBits) }, keyBits };
    if (kind === 'ec') return { publicKey: { kind, curve: readCurve(algorithm) }, keyBits };
    return { publicKey: { kind }, keyBits };
  } catch (error) {
    if (error instanceof DerFault) return { publicKey: { kind: 'broken' }, keyBits };
    throw error;
  }
}

/** RSAPublicKey (RFC 8017 A.1.1). */
function readRsa(keyBits: Buffer): { bits: number; exponent: bigint } {
  const reader = DerReader.inside(keyBits);
  const modulus = readInteger(reader.expect(tag.integer).content);
  const exponent = readInteger(reader.expect(tag.integer).content);
  reader.end();
  if (modulus.readUInt8(0) >= 0x80 || exponent.readUInt8(0) >= 0x80) throw new DerFault('a number in it is negative');
  // For a larger one, only its size matters.
  const bounded = exponent.subarray(0, limits.rsaExponentBits);
  return { bits: bitLength(modulus), exponent: BigInt(`0x${bounded.toString('hex')}`) };
}

function bitLength(number: Buffer): number {
  const at = number.findIndex((byte) => byte !== 0);
  return at < 0 ? 0 : (number.length - at) * 8 - (Math.clz32(number.readUInt8(at)) - 24);
}

function readCurve(algorithm: DerReader): string | null {
  if (algorithm.nextTag !== tag.oid) {
    algorithm.next();
    return null;
  }
  const oid = readOid(algorithm.next().content);
  algorithm.end();
  return curves[oid] ?? oid;
}

/** Whether a signature may be checked with it: the work is bounded, and it names its curve. */
export function isUsable(key: PublicKey): boolean {
  if (key.kind === 'rsa' || key.kind === 'rsa-pss') return key.bits <= limits.rsaBits && !hasLargeExponent(key);
  if (key.kind === 'ec') return key.curve !== null && Object.values(curves).includes(key.curve);
  return key.kind !== 'unknown' && key.kind !== 'broken';
}

export function hasLargeExponent({ exponent }: { exponent: bigint }): boolean {
  return exponent >> BigInt(limits.rsaExponentBits) > 0n;
}

/** What checking one signature with it costs, in the units of `limits.signatureUnits`. */
export function unitsOf(key: PublicKey): number {
  const slow =
    (key.kind === 'ec' && !fastCurves.has(key.curve ?? '')) ||
    ('bits' in key && key.bits > fastRsaBits) ||
    key.kind === 'dsa';
  return slow ? 3 : 1;
}

/** A key in words, such as `RSA 2048` or `EC prime256v1`. */
export function describeKey(key: PublicKey): string {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return `${key.kind.toUpperCase()} ${key.bits}`;
    case 'ec':
      return `EC ${key.curve ?? 'with a curve of its own'}`;
    case 'ed25519':
    case 'ed448':
      return `Ed${key.kind.slice(2)}`;
    case 'unknown':
    case 'broken':
      return 'unreadable';
    default:
      return key.kind.toUpperCase();
  }
}
