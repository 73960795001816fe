import { isHttpRequest } from '../../protocols/foreign.ts';
import { isSecretPop3Command, redactPop3Command } from '../../protocols/pop3-redaction.ts';
import { isPop3Command, mayBePop3Command, parsePop3Command } from '../../protocols/pop3-syntax.ts';
import { redacted } from '../../protocols/redact.ts';
import { isTokenMechanism } from '../../protocols/sign-in-way.ts';
import type { Command, Fault, Grammar } from '../grammar.ts';
import { gatherLine, readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { maxSaslLength, rowOf } from './table.ts';

/** A command line (RFC 1939 §3). */
export interface Pop3Command extends Command {
  /** In upper case. */
  keyword: string;
  argument: string;
  /** Without its end. */
  line: Buffer;
}

/** Reads a command line. */
export function readPop3Command(line: Buffer, fault: Fault | null): Pop3Command {
  const { keyword, argument } = parsePop3Command(line);
  const row = rowOf(keyword, argument);
  const tooLong = fault === 'too-long' || line.length + 2 > row.maxLength;
  const wrong = fault ?? (mayBePop3Command(keyword) ? null : 'unknown');
  return {
    ...row,
    keyword,
    argument,
    line,
    head: line,
    known: !tooLong && isPop3Command(keyword) && !isHttpRequest(line),
    shown: tooLong || fault ? redacted : redactPop3Command(line),
    secret: isSecretPop3Command(line),
    token: keyword === 'AUTH' && isTokenMechanism(argument.trim().split(/\s+/)[0] ?? ''),
    fault: tooLong ? 'too-long' : wrong,
  };
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
