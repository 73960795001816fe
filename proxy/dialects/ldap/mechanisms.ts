import type { LdapBind } from '../../protocols/ldap-message.ts';

/**
 * Mechanisms that negotiate no layer of their own (RFC 4513 §5.2.1.4) and are not bound to the TLS channel, which ends
 * here. The others would make the bytes that follow unreadable, and a referral could not be seen among them; and none
 * of them works with a server that is not the one that the program has connected to.
 */
const passed: ReadonlySet<string> = new Set([
  ...['ANONYMOUS', 'CRAM-MD5', 'EXTERNAL', 'LOGIN', 'OAUTHBEARER', 'OTP', 'PLAIN', 'XOAUTH2'],
  ...['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
]);

/** Why a bind is not passed on: words for the program; null for one that is. */
export function declinedMechanism({ by }: LdapBind): string | null {
  if (by.kind === 'simple') return null;
  // An empty name ends a mechanism that has begun (RFC 4513 §5.2.1.2).
  if (by.kind === 'sasl' && (by.mechanism === '' || passed.has(by.mechanism.toUpperCase()))) return null;
  return 'this way of signing in protects the connection by itself, which is not possible here: it is protected already. Sign in by name and password.';
}
