import type { CommandRow } from '../grammar.ts';

/** SASL data, and the command that may carry it (RFC 5034 §4). */
export const maxSaslLength = 12_288;

/** A command line (RFC 2449 §4). */
const maxLineLength = 255;
/**
 * A user name may be a mail address of 254 characters (RFC 5321 §4.5.3.1.3), and tokens of a few thousand serve as passwords;
 * Dovecot, for one, accepts lines of 8 KiB.
 */
const maxCredentialsLength = 8192 + 'PASS \r\n'.length;

/** What each command means to the sign-in; any other is left to the server. */
const rows: Record<string, CommandRow> = {
  USER: { means: 'ask', maxLength: maxCredentialsLength, beginsSignIn: true },
  PASS: { means: 'sign-in', maxLength: maxCredentialsLength },
  APOP: { means: 'sign-in', maxLength: maxCredentialsLength },
  AUTH: { means: 'sign-in', maxLength: maxSaslLength },
  STLS: { means: 'start-tls', maxLength: maxLineLength },
  CAPA: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  NOOP: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  QUIT: { means: 'good-bye', maxLength: maxLineLength, beforeTls: true },
};
const otherwise: CommandRow = { means: 'ask', maxLength: maxLineLength };
const mechanisms: CommandRow = { ...otherwise, beforeTls: true };

/** @param keyword in upper case @param argument without it AUTH asks for the list of mechanisms (RFC 1734) */
export function rowOf(keyword: string, argument: string): CommandRow {
  if (keyword === 'AUTH' && argument.trim() === '') return mechanisms;
  return Object.hasOwn(rows, keyword) ? (rows[keyword] ?? otherwise) : otherwise;
}
