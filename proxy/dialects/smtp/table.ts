import type { CommandRow } from '../grammar.ts';

/** SASL data, and the command that may carry it (RFC 4954 §4). */
export const maxSaslLength = 12_288;

/** A command line (RFC 5321 §4.5.3.1.4). */
const maxLineLength = 512;
/**
 * Host names, and envelopes with the parameters of extensions: SIZE, DSN, AUTH, SMTPUTF8 (RFC 3461 §4, RFC 4954 §5).
 * Postfix, for one, accepts lines of 2,048 bytes.
 */
const maxLongLength = 2048;

const minute = 60_000;

/**
 * What each command means to the sign-in; any other is left to the server. A message may be sent without signing in, if
 * the server lets it: until its text begins, the server's answers are examined.
 */
const rows: Record<string, CommandRow> = {
  // A new introduction takes the place of the one before (RFC 5321 §4.1.4).
  EHLO: { means: 'ask', maxLength: maxLongLength, beforeTls: true },
  HELO: { means: 'ask', maxLength: maxLongLength, beforeTls: true },
  NOOP: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  RSET: { means: 'ask', maxLength: maxLineLength, beforeTls: true },
  AUTH: { means: 'sign-in', maxLength: maxSaslLength },
  STARTTLS: { means: 'start-tls', maxLength: maxLineLength },
  // How long a server may take: RFC 5321 §4.5.3.2.
  MAIL: { means: 'ask', maxLength: maxLongLength, replyMilliseconds: 5 * minute },
  RCPT: { means: 'ask', maxLength: maxLongLength, replyMilliseconds: 5 * minute },
  DATA: { means: 'raw', maxLength: maxLineLength, replyMilliseconds: 2 * minute },
  BDAT: { means: 'raw-at-once', maxLength: maxLineLength },
  QUIT: { means: 'good-bye', maxLength: maxLineLength, beforeTls: true },
};
const otherwise: CommandRow = { means: 'ask', maxLength: maxLineLength };

export function rowOf(verb: string): CommandRow {
  return Object.hasOwn(rows, verb) ? (rows[verb] ?? otherwise) : otherwise;
}
