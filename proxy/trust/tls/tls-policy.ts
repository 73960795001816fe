import type tls from 'node:tls';
import { Refused } from '../../net/refused.ts';

/**
 * What is offered to a server, and the same policy as a pure check of the result. OpenSSL enforces the first half;
 * Electron's BoringSSL has other names and levels, so the second half relies on neither.
 */

/** RFC 9325 §4.2: only forward secrecy and AEAD. AES-GCM first: processors have instructions for it. */
export const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Signatures in the handshake: no SHA-1, no DSA. By their names in RFC 8446 §4.2.3; every library knows these. */
export const signatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
  'ed25519',
].join(':');

/**
 * The same for certificates whose key is only for RSA-PSS. BoringSSL has no such keys and refuses a list that names
 * them.
 */
export const pssKeyAlgorithms = ['rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512'].join(':');

/** Bits of a finite-field Diffie-Hellman group (RFC 9325 §4.5). */
export const minDhBits = 2048;

/** The result of a handshake, as a TLS socket reports it. */
export interface Negotiated {
  /** `TLSv1.3` and the like. */
  protocol: string | null;
  cipher: Partial<tls.CipherNameAndProtocol> | undefined;
  ephemeral: tls.EphemeralKeyInfo | object | null;
}

const safeVersions = new Set(['TLSv1.2', 'TLSv1.3']);
/** By the names of RFC 8446 and RFC 5289, or by OpenSSL's. */
const safeTls13 = /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$/;
const safeTls12 =
  /^(?:TLS_(?:ECDHE|DHE)_(?:ECDSA|RSA)_WITH_(?:AES_(?:128|256)_GCM|CHACHA20_POLY1305)_SHA(?:256|384)|(?:ECDHE|DHE)-(?:ECDSA|RSA)-(?:AES(?:128|256)-GCM-SHA(?:256|384)|CHACHA20-POLY1305(?:-SHA256)?))$/;

/**
 * Checks a finished handshake.
 *
 * @param server the server's name, for the message
 * @throws {Refused} `tls-too-old` or `weak-cipher`
 */
export function requireSafe({ protocol, cipher, ephemeral }: Negotiated, server: string): void {
  if (!protocol || !safeVersions.has(protocol)) throw tooOld(server);
  const name = cipher?.standardName ?? cipher?.name ?? '';
  const safe = protocol === 'TLSv1.3' ? safeTls13 : safeTls12;
  if (!safe.test(name) && !safe.test(cipher?.name ?? '')) throw weakCipher(server);
  const { type, size } = { type: '', size: undefined, ...ephemeral } as { type: string; size: number | undefined };
  if (type === 'DH' && size !== undefined && size < minDhBits) throw weakCipher(server);
}

export function tooOld(server: string, cause?: unknown): Refused {
  return new Refused('tls-too-old', { code: 'tls-too-old' }, { server }, { cause });
}

export function weakCipher(server: string, cause?: unknown): Refused {
  return new Refused('weak-cipher', { code: 'weak-cipher' }, { server }, { cause });
}
