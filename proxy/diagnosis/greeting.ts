import type { Finding, Protocol } from '../contract/index.ts';
import { signInFinding } from './sign-in-reply.ts';

/** What the first bytes of a server belong to. */
export type Spoken = Protocol | 'http' | 'tls';

/**
 * Recognises who speaks from the first bytes, as Latin-1.
 *
 * @returns null for what is none of them, or too little to tell
 */
export function recogniseGreeting(said: string): Spoken | null {
  const type = said.charCodeAt(0);
  if (type >= 0x14 && type <= 0x17 && said.charCodeAt(1) === 3) return 'tls';
  if (/^(?:HTTP\/|<!doctype|<html|<head|<\?xml)/i.test(said)) return 'http';
  if (/^\* (?:OK|BYE|PREAUTH)\b/i.test(said)) return 'imap';
  if (/^(?:\+OK|-ERR)\b/.test(said)) return 'pop3';
  if (/^[2-5]\d\d[ -]/.test(said)) return 'smtp';
  return null;
}

/**
 * Recognises what stands in a server's greeting that is no welcome: a web page, another protocol, or a server that says
 * why it does not want to.
 *
 * @param said its first line, as Latin-1
 */
export function greetingFinding(said: string, expected: Protocol): Finding | undefined {
  const spoken = recogniseGreeting(said);
  if (spoken === 'http') return { code: 'captive-portal' };
  if (spoken === 'tls') return { code: 'port-wants-implicit-tls' };
  if (spoken !== null && spoken !== expected) return { code: 'wrong-protocol', facts: { spoken } };
  if (spoken === null) return undefined;
  const { code } = signInFinding(said, '');
  // A greeting comes before any password.
  return code === 'server-too-many-connections' ? { code } : { code: 'server-unavailable' };
}
