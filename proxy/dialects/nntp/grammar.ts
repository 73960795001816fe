import { isSecretNntpCommand, redactNntpCommand } from '../../protocols/nntp-redaction.ts';
import { isNntpCommand, mayBeNntpCommand, parseNntpCommand } from '../../protocols/nntp-syntax.ts';
import type { Fault, Grammar } from '../grammar.ts';
import { type OneLineCommand, readOneLineCommand } from '../one-line-command.ts';
import { gatherLine, readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { maxSaslLength, type NntpRow, rowOf } from './table.ts';

/** A command line (RFC 3977 §3.1). Its keyword includes the word that belongs to it: `AUTHINFO PASS`. */
export type NntpCommand = OneLineCommand & NntpRow;

const syntax = {
  parse: parseNntpCommand,
  rowOf,
  isKnown: isNntpCommand,
  mayBe: mayBeNntpCommand,
  redact: redactNntpCommand,
  isSecret: isSecretNntpCommand,
  sasl: 'AUTHINFO SASL',
};

/** Reads a command line. */
export function readNntpCommand(line: Buffer, fault: Fault | null): NntpCommand {
  return readOneLineCommand(line, fault, syntax);
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
