/** Replaces every secret in a trace. */
export const redacted = '‹secret›';

/**
 * SASL mechanisms by name (from IANA's registry, and those that old servers and programs still use). A word that is not
 * one of these is not shown: a program that mixes up its arguments would show its password there.
 */
const mechanisms: ReadonlySet<string> = new Set([
  'ANONYMOUS',
  'CRAM-MD5',
  'DIGEST-MD5',
  'EXTERNAL',
  'GSS-SPNEGO',
  'GSSAPI',
  'KERBEROS_V4',
  'LOGIN',
  'MSN',
  'NTLM',
  'OAUTHBEARER',
  'OTP',
  'PLAIN',
  'SKEY',
  'XOAUTH',
  'XOAUTH2',
]);

/** True for the name of a SASL mechanism (RFC 4422 §3.1), which is no secret. */
export function isMechanism(word: string): boolean {
  const name = word.toUpperCase();
  return mechanisms.has(name) || /^(?:SCRAM|GS2)-[A-Z0-9-]{1,16}$/.test(name);
}

/**
 * The argument of a command that begins a SASL exchange, as a trace may show it: only the mechanism.
 *
 * @param argument what follows `AUTH` or `AUTHENTICATE`
 */
export function redactSaslArgument(argument: string): string {
  const [mechanism = '', ...rest] = argument.trim().split(/\s+/);
  if (!isMechanism(mechanism)) return redacted;
  return rest.length === 0 ? mechanism : `${mechanism} ${redacted}`;
}
