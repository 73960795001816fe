import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** A text that only the vault's key opens, and only in its own place (AES-256-GCM, NIST SP 800-38D). Base64. */
export interface Sealed {
  nonce: string;
  text: string;
  tag: string;
}

/** 96 bits, as SP 800-38D §8.2.2 requires for random ones: far fewer than 2^32 records are ever made under one key. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Derives the key of a vault from what its place holds: the same secret in another vault gives another key.
 *
 * @param id the vault's
 */
export function vaultKey(secret: Uint8Array, id: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, id, 'postern vault 1', 32));
}

/** @param place what the text is for and where it is kept: it opens nowhere else */
export function seal(key: Buffer, place: readonly string[], text: string): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    nonce: nonce.toString('base64'),
    text: sealed.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** @returns null when it was changed, came from elsewhere, or was sealed with another key */
export function open(key: Buffer, place: readonly string[], { nonce, text, tag }: Sealed): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: tagBytes });
    decipher.setAAD(associated(place));
    decipher.setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** As JSON, no two places are written alike. */
function associated(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place));
}
