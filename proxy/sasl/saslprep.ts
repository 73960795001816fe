/** Blanks of other scripts (RFC 3454, table C.1.2). */
const otherBlanks = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

/** Invisible characters: soft hyphens, joiners, variation selectors (RFC 3454, table B.1). */
const unseen = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/**
 * Prepares a user name or password as both sides of SCRAM do (SASLprep, RFC 4013 §2.1, §2.2), so that it is the same
 * however it was typed. What SASLprep prohibits is left to the server: it has either stored it, or refuses it.
 */
export function saslprep(text: string): string {
  return text.replace(otherBlanks, ' ').replace(unseen, '').normalize('NFKC');
}
