import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/**
 * No character that can be mistaken for another in any typeface: no 0 or o, 1, i or l, 2 or z, 5 or s, 6 or b, 8, 9, q
 * or g, u or v.
 */
const alphabet = 'acdefhjkmnprtwxy347';

/** How long a local password is; the short form is for programs with a field of eight characters. */
export const localPasswordForms = { usual: 16, short: 8 } as const;
export type LocalPasswordForm = keyof typeof localPasswordForms;

/** Makes a local password: it works for this account on this computer and for nothing else. */
export function makeLocalPassword(form: LocalPasswordForm): string {
  return Array.from({ length: localPasswordForms[form] }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** How a mail program proves that it knows the password; all are compared in constant time. */
export type LocalProof =
  /** The password itself: LOGIN, PLAIN, USER and PASS. */
  | { kind: 'password'; password: string }
  /** MD5 of the timestamp and the password, in hex (RFC 1939 §7). */
  | { kind: 'apop'; stamp: string; digest: string }
  /** HMAC-MD5 of the challenge, in hex (RFC 2195 §2). */
  | { kind: 'cram-md5'; challenge: string; digest: string };

/** @param password the account's local password; null when it has none: then nothing matches */
export function provesLocalPassword(password: string | null, proof: LocalProof): boolean {
  // A value that no client can have sent, so that the comparison takes as long as any other.
  const known = password ?? randomBytes(16).toString('hex');
  switch (proof.kind) {
    case 'password':
      return isSame(known, proof.password);
    case 'apop':
      return isSame(createHash('md5').update(proof.stamp).update(known).digest('hex'), proof.digest.toLowerCase());
    case 'cram-md5':
      return isSame(createHmac('md5', known).update(proof.challenge).digest('hex'), proof.digest.toLowerCase());
  }
}

/** Compares their hashes, so that not even the length shows. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

/** A timestamp unique to the connection, for APOP and CRAM-MD5 (in the form of a msg-id, RFC 1939 §7). */
export function makeStamp(): string {
  return `<${randomBytes(12).toString('hex')}@postern>`;
}
