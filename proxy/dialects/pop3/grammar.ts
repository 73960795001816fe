import { isSecretPop3Command, redactPop3Command } from '../../protocols/pop3-redaction.ts';
import { isPop3Command, mayBePop3Command, parsePop3Command } from '../../protocols/pop3-syntax.ts';
import type { Fault, Grammar } from '../grammar.ts';
import { type OneLineCommand, readOneLineCommand } from '../one-line-command.ts';
import { gatherLine, readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { maxSaslLength, rowOf } from './table.ts';

/** A command line (RFC 1939 §3). */
export type Pop3Command = OneLineCommand;

const syntax = {
  parse: parsePop3Command,
  rowOf,
  isKnown: isPop3Command,
  mayBe: mayBePop3Command,
  redact: redactPop3Command,
  isSecret: isSecretPop3Command,
  sasl: 'AUTH',
};

/** Reads a command line. */
export function readPop3Command(line: Buffer, fault: Fault | null): Pop3Command {
  return readOneLineCommand(line, fault, syntax);
}

/** Ours are never `[AUTH]`: it makes mail programs throw away the saved password (RFC 3206 §4). */
export const pop3Grammar: Grammar<Pop3Command> = {
  async read(client, signal) {
    const { bytes, fault } = await readClientLine(client, maxSaslLength, signal);
    return readPop3Command(bytes, fault);
  },
  readCredentials: (client, signal) => readSaslLine(client, maxSaslLength, signal),
  gather: gatherLine,
  // The password is not at fault (RFC 3206 §3).
  decline: (_command, fault) => `-ERR ${fault === 'tls-first' ? '[SYS/PERM] ' : ''}${ourName}: ${faultWords[fault]}`,
  tokensAlone: (_command, why) => `-ERR [SYS/PERM] ${ourName}: ${protocolText(why)}`,
  farewell: (why) => `-ERR [SYS/TEMP] ${ourName}: ${farewellWords[why]}`,
  startTls: () => `+OK ${ourName}: go ahead`,
  showAnswer: (_command, answer) => answer,
  lastWords: (_pending, { message }) => [`-ERR [SYS/TEMP] ${ourName}: ${protocolText(message)}`],
  inBytes: textInBytes,
};
