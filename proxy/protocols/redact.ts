/** Stands in every trace where a secret stood. */
export const redacted = '‹secret›';

/**
 * SASL mechanisms by name (IANA's registry, and what old servers and programs still speak). A word that is not one of
 * these is not shown: a program that mixes up the order of its arguments would show its password there.
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
 * The argument of a command that begins a SASL exchange, as a trace may show it: the mechanism alone.
 *
 * @param argument what follows `AUTH` or `AUTHENTICATE`
 */
export function redactSaslArgument(argument: string): string {
  const [mechanism = '', ...rest] = argument.trim().split(/\s+/);
  if (!isMechanism(mechanism)) return redacted;
  return rest.length === 0 ? mechanism : `${mechanism} ${redacted}`;
}
