import type { CommandRow } from '../grammar.ts';

/** AUTHENTICATE lines and SASL data (RFC 4954 §4 and RFC 5034 §4 name this number; IMAP has none of its own). */
export const maxSaslLength = 12_288;

/** A command line (RFC 7162 §4 asks clients to stay below this). */
const maxLineLength = 8192;
/** A user name, and a token of 8 KiB in place of the password. */
const maxLoginLength = 12_288;
/** ID: 30 fields with names of 30 and values of 1,024 bytes (RFC 2971 §3.3), quotation marks and escapes included. */
const maxIdLength = 48 * 1024;

/** The longest line of any command. */
export const maxCommandLength = maxIdLength;

/** What each command means to the sign-in; any other is left to the server. */
const rows: Record<string, CommandRow> = {
  LOGIN: { means: 'sign-in', maxLength: maxLoginLength },
  AUTHENTICATE: { means: 'sign-in', maxLength: maxSaslLength },
  STARTTLS: { means: 'start-tls', maxLength: maxLineLength },
  COMPRESS: { means: 'raw', maxLength: maxLineLength },
  ID: { means: 'ask', maxLength: maxIdLength, beforeTls: true },
  CAPABILITY: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  NOOP: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  LOGOUT: { means: 'good-bye', maxLength: maxLineLength, beforeTls: true },
};
const otherwise: CommandRow = { means: 'ask', maxLength: maxLineLength };

/** @param name in upper case */
export function rowOf(name: string): CommandRow {
  return Object.hasOwn(rows, name) ? (rows[name] ?? otherwise) : otherwise;
}
