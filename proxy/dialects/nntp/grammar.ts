import { isHttpRequest } from '../../protocols/foreign.ts';
import { isSecretNntpCommand, redactNntpCommand } from '../../protocols/nntp-redaction.ts';
import { isNntpCommand, mayBeNntpCommand, parseNntpCommand } from '../../protocols/nntp-syntax.ts';
import { redacted } from '../../protocols/redact.ts';
import { isTokenMechanism } from '../../protocols/sign-in-way.ts';
import type { Command, Fault, Grammar } from '../grammar.ts';
import { gatherLine, readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { maxSaslLength, type NntpRow, rowOf } from './table.ts';

/** A command line (RFC 3977 §3.1). */
export interface NntpCommand extends Command, NntpRow {
  /** In upper case, with the word that belongs to it: `AUTHINFO PASS`. */
  keyword: string;
  argument: string;
  /** Without its end. */
  line: Buffer;
}

/** Reads a command line. */
export function readNntpCommand(line: Buffer, fault: Fault | null): NntpCommand {
  const { keyword, argument } = parseNntpCommand(line);
  const row = rowOf(keyword);
  const tooLong = fault === 'too-long' || line.length + 2 > row.maxLength;
  const wrong = fault ?? (mayBeNntpCommand(keyword) ? null : 'unknown');
  return {
    ...row,
    keyword,
    argument,
    line,
    head: line,
    known: !tooLong && isNntpCommand(keyword) && !isHttpRequest(line),
    shown: tooLong || fault ? redacted : redactNntpCommand(line),
    secret: isSecretNntpCommand(line),
    token: keyword === 'AUTHINFO SASL' && isTokenMechanism(argument.trim().split(/\s+/)[0] ?? ''),
    fault: tooLong ? 'too-long' : wrong,
  };
}

/** RFC 3977 §3.2.1, RFC 4642 §2.2.2, RFC 4643 §2.4.2. */
const faultCodes: Record<Fault, number> = {
  'too-long': 501,
  malformed: 501,
  unknown: 500,
  'start-tls': 502,
  'bad-credentials': 482,
  'tls-first': 483,
  'tls-late': 502,
  'tls-already': 502,
};

/** Ours are never 481, nor 502 to a sign-in: they make news programs throw away the saved password. */
export const nntpGrammar: Grammar<NntpCommand> = {
  async read(client, signal) {
    const { bytes, fault } = await readClientLine(client, maxSaslLength, signal);
    return readNntpCommand(bytes, fault);
  },
  readCredentials: (client, signal) => readSaslLine(client, maxSaslLength, signal),
  gather: gatherLine,
  decline: (_command, fault) => `${faultCodes[fault]} ${ourName}: ${faultWords[fault]}`,
  // "Something that prevents the action" (RFC 3977 §3.2.1): nothing about the password.
  tokensAlone: (_command, why) => `403 ${ourName}: ${protocolText(why)}`,
  farewell: (why) => `400 ${ourName}: ${farewellWords[why]}`,
  startTls: () => `382 ${ourName}: go ahead`,
  showAnswer: (_command, answer) => answer,
  lastWords: (_pending, { message }) => [`400 ${ourName}: ${protocolText(message)}`],
  inBytes: textInBytes,
};
