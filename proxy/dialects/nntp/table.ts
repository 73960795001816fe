import type { CommandRow } from '../grammar.ts';

/** SASL data, and the command that may carry it (RFC 4643 §2.4). */
export const maxSaslLength = 12_288;

/** A command line (RFC 3977 §3.1). */
const maxLineLength = 512;
/** Tokens of a few thousand characters serve as passwords, too. */
const maxCredentialsLength = 8192 + 'AUTHINFO PASS \r\n'.length;

/** A row of the table: also how the answer is read. */
export interface NntpRow extends CommandRow {
  /** The codes behind which lines up to a lone dot follow, where these are few: they are read whole, and filtered. */
  list?: readonly number[];
}

const question: NntpRow = { means: 'ask', maxLength: maxLineLength };
const shortList = (code: number): NntpRow => ({ ...question, list: [code] });
const transfer: NntpRow = { means: 'raw', maxLength: maxLineLength };

/**
 * What each command means to the sign-in. A news server may require none, or ask for one later: 480 can answer any command
 * (RFC 4643 §2.2). So commands are relayed line by line as long as the answer is one line, or a short list about the server
 * itself, and a 480 to any of these is followed by a sign-in that Postern recognises.
 *
 * The raw phase begins with the sign-in that the server accepts; without one, with the first article, overview or list of
 * groups that it grants, or with an article that it allows the program to post: these are of any length and are not parsed.
 * An unknown command begins it as well, since nobody can say where its answer ends. A refused command does not, except
 * `TAKETHIS`, whose article follows without an answer.
 *
 * A program that is asked to sign in after that does so in raw bytes. These are neither traced nor kept, so the password
 * reaches no log; what is lost is that Postern cannot say why the server refused it. The server may not offer STARTTLS again
 * inside TLS (RFC 4642 §2.1). With own sign-in none of this can happen: all but `CAPABILITIES`, `MODE READER`, `DATE`, `HELP`
 * and `QUIT` is answered 480 until the local password was given.
 */
const rows: Record<string, NntpRow> = {
  // 381 asks for the password; 281 is a sign-in without one (RFC 4643 §2.3).
  'AUTHINFO USER': { means: 'raw', maxLength: maxCredentialsLength, beginsSignIn: true },
  'AUTHINFO PASS': { means: 'sign-in', maxLength: maxCredentialsLength },
  'AUTHINFO SASL': { means: 'sign-in', maxLength: maxSaslLength },
  STARTTLS: { means: 'start-tls', maxLength: maxLineLength },
  QUIT: { means: 'good-bye', maxLength: maxLineLength, beforeTls: true },
  CAPABILITIES: { ...shortList(101), beforeTls: true },
  HELP: { ...shortList(100), beforeTls: true },
  'LIST EXTENSIONS': { ...question, list: [202, 215] },
  'LIST HEADERS': shortList(215),
  'LIST MOTD': shortList(215),
  'LIST OVERVIEW.FMT': shortList(215),
  'LIST SUBSCRIPTIONS': shortList(215),
  'MODE READER': { ...question, beforeTls: true },
  DATE: { ...question, beforeTls: true },
  GROUP: question,
  STAT: question,
  LAST: question,
  NEXT: question,
  SLAVE: question,
  XPATH: question,
  // A feed's article follows at once (RFC 4644).
  TAKETHIS: { means: 'raw-at-once', maxLength: maxLineLength },
};

/** @param keyword in upper case; any other's answer may be of any length and form */
export function rowOf(keyword: string): NntpRow {
  return Object.hasOwn(rows, keyword) ? (rows[keyword] ?? transfer) : transfer;
}
