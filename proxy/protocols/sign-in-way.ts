/** What a server accepts from a mail program; `unknown` where it does not say. */
export type OfferedWay = 'password' | 'oauth-only' | 'unknown';

/** Mechanisms that take a token instead of a password (RFC 7628, and the older one that Google and Microsoft use). */
const tokens: ReadonlySet<string> = new Set(['XOAUTH2', 'OAUTHBEARER']);

/** True for the name of a SASL mechanism that takes a token, in any case. */
export function isTokenMechanism(mechanism: string): boolean {
  return tokens.has(mechanism.toUpperCase());
}

/**
 * @param mechanisms as the server offers them, in any case
 * @param plain whether the protocol's own command for user name and password is offered
 */
export function wayOf(mechanisms: readonly string[], plain: boolean): OfferedWay {
  const named = mechanisms.filter((mechanism) => mechanism !== '');
  if (plain || named.some((mechanism) => !isTokenMechanism(mechanism))) return 'password';
  return named.length > 0 ? 'oauth-only' : 'unknown';
}
