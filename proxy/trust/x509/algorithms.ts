import { DerReader, readOid, tag } from './der.ts';

/** How a certificate or an OCSP response is signed. */
export interface SignatureAlgorithm {
  /** For people, such as `SHA-256 with RSA`. */
  name: string;
  /** False for MD5, SHA-1 and anything unknown here. */
  strong: boolean;
  /** The hash for node:crypto; null where the kind of key determines it (EdDSA) or it is unknown. */
  hash: string | null;
  padding: 'pkcs1' | 'pss' | null;
}

const hashNames: Record<string, { name: string; hash: string; strong: boolean }> = {
  '1.2.840.113549.2.5': { name: 'MD5', hash: 'md5', strong: false },
  '1.3.14.3.2.26': { name: 'SHA-1', hash: 'sha1', strong: false },
  '2.16.840.1.101.3.4.2.4': { name: 'SHA-224', hash: 'sha224', strong: true },
  '2.16.840.1.101.3.4.2.1': { name: 'SHA-256', hash: 'sha256', strong: true },
  '2.16.840.1.101.3.4.2.2': { name: 'SHA-384', hash: 'sha384', strong: true },
  '2.16.840.1.101.3.4.2.3': { name: 'SHA-512', hash: 'sha512', strong: true },
};

const rsa = (name: string, hash: string | null, strong: boolean): SignatureAlgorithm => ({
  name: `${name} with RSA`,
  strong,
  hash,
  padding: 'pkcs1',
});
const ecdsa = (name: string, hash: string, strong: boolean): SignatureAlgorithm => ({
  name: `${name} with ECDSA`,
  strong,
  hash,
  padding: null,
});
const byItself = (name: string): SignatureAlgorithm => ({ name, strong: true, hash: null, padding: null });

const signatureAlgorithms: Record<string, SignatureAlgorithm> = {
  '1.2.840.113549.1.1.2': rsa('MD2', null, false),
  '1.2.840.113549.1.1.3': rsa('MD4', null, false),
  '1.2.840.113549.1.1.4': rsa('MD5', 'md5', false),
  '1.2.840.113549.1.1.5': rsa('SHA-1', 'sha1', false),
  '1.3.14.3.2.29': rsa('SHA-1', 'sha1', false),
  '1.2.840.113549.1.1.14': rsa('SHA-224', 'sha224', true),
  '1.2.840.113549.1.1.11': rsa('SHA-256', 'sha256', true),
  '1.2.840.113549.1.1.12': rsa('SHA-384', 'sha384', true),
  '1.2.840.113549.1.1.13': rsa('SHA-512', 'sha512', true),
  '1.2.840.10045.4.1': ecdsa('SHA-1', 'sha1', false),
  '1.2.840.10045.4.3.1': ecdsa('SHA-224', 'sha224', true),
  '1.2.840.10045.4.3.2': ecdsa('SHA-256', 'sha256', true),
  '1.2.840.10045.4.3.3': ecdsa('SHA-384', 'sha384', true),
  '1.2.840.10045.4.3.4': ecdsa('SHA-512', 'sha512', true),
  '1.3.101.112': byItself('Ed25519'),
  '1.3.101.113': byItself('Ed448'),
  '2.16.840.1.101.3.4.3.17': byItself('ML-DSA-44'),
  '2.16.840.1.101.3.4.3.18': byItself('ML-DSA-65'),
  '2.16.840.1.101.3.4.3.19': byItself('ML-DSA-87'),
};

/**
 * Reads an AlgorithmIdentifier of a signature.
 *
 * @param der the whole AlgorithmIdentifier
 * @throws {DerFault}
 */
export function readSignatureAlgorithm(der: Buffer): SignatureAlgorithm {
  const reader = DerReader.inside(der);
  const oid = readOid(reader.expect(tag.oid).content);
  if (oid === '1.2.840.113549.1.1.10') return readPss(reader);
  return signatureAlgorithms[oid] ?? { name: `unknown (${oid})`, strong: false, hash: null, padding: null };
}

/** RSASSA-PSS names its hash in parameters, and means SHA-1 if it leaves them out (RFC 4055 §3.1). */
function readPss(reader: DerReader): SignatureAlgorithm {
  let oid = '1.3.14.3.2.26';
  if (!reader.done) {
    const named = reader.enter().optional(tag.constructed(0));
    if (named) oid = readOid(DerReader.inside(named.content).expect(tag.oid).content);
  }
  const found = hashNames[oid] ?? { name: `unknown hash (${oid})`, hash: null, strong: false };
  return { name: `${found.name} with RSA-PSS`, strong: found.strong, hash: found.hash, padding: 'pss' };
}

/** The hash that an AlgorithmIdentifier names, for node:crypto; null if unknown. @throws {DerFault} */
export function readHashAlgorithm(der: Buffer): string | null {
  return hashNames[readOid(DerReader.inside(der).expect(tag.oid).content)]?.hash ?? null;
}
