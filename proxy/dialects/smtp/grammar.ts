import { isHttpRequest } from '../../protocols/foreign.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import { isTokenMechanism } from '../../protocols/sign-in-way.ts';
import { parseSmtpCommand } from '../../protocols/smtp-command.ts';
import { isSmtpVerb, redactSmtpCommand } from '../../protocols/smtp-redaction.ts';
import type { Command, Farewell, Fault, Grammar, SignInEnd } from '../grammar.ts';
import { gatherLine, readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { maxSaslLength, rowOf } from './table.ts';

/** A command line (RFC 5321 §4.1.1). */
export interface SmtpCommand extends Command {
  /** In upper case. */
  verb: string;
  /** Without its end. */
  line: Buffer;
}

/** Reads a command line. */
export function readSmtpCommand(line: Buffer, fault: Fault | null): SmtpCommand {
  const { verb, argument } = parseSmtpCommand(line);
  const row = rowOf(verb);
  const tooLong = fault === 'too-long' || line.length + 2 > row.maxLength;
  const shown = tooLong || fault ? redacted : redactSmtpCommand(line);
  return {
    ...row,
    verb,
    line,
    head: line,
    known: !tooLong && isSmtpVerb(verb) && !isHttpRequest(line),
    shown,
    secret: shown.includes(redacted) || verb === 'AUTH',
    token: verb === 'AUTH' && isTokenMechanism(argument.trim().split(/\s+/)[0] ?? ''),
    // Not every server answers a line without a command.
    fault: tooLong ? 'too-long' : (fault ?? (verb === '' ? 'unknown' : null)),
  };
}

/** Reply codes with their enhanced form (RFC 5321 §4.2.2, RFC 4954 §6, RFC 2034 §4). */
const faultCodes: Record<Fault, string> = {
  'too-long': '500 5.5.6',
  malformed: '501 5.5.2',
  unknown: '500 5.5.2',
  'start-tls': '502 5.5.1',
  'bad-credentials': '501 5.5.2',
  // RFC 3207 §4.
  'tls-first': '530 5.7.0',
  'tls-late': '503 5.5.1',
  'tls-already': '503 5.5.1',
};
const farewellCodes: Record<Farewell, string> = {
  idle: '421 4.4.2',
  failures: '421 4.7.0',
  flood: '421 4.7.0',
  malformed: '421 4.7.0',
};

function lastCode(pending: SmtpCommand | null, { reason }: SignInEnd): string {
  // An error that a retry would not change is permanent (RFC 1870 §6.1, RFC 3463 §3.7).
  if (reason === 'message-too-large') return '552 5.3.4';
  if (reason === 'ambiguous-end-of-data') return '554 5.6.0';
  // AUTH has its own words for "not now" (RFC 4954 §6).
  return pending?.verb === 'AUTH' ? '454 4.7.0' : '421 4.7.0';
}

export const smtpGrammar: Grammar<SmtpCommand> = {
  async read(client, signal) {
    const { bytes, fault } = await readClientLine(client, maxSaslLength, signal);
    return readSmtpCommand(bytes, fault);
  },
  readCredentials: (client, signal) => readSaslLine(client, maxSaslLength, signal),
  gather: gatherLine,
  decline: (_command, fault) => `${faultCodes[fault]} ${ourName}: ${faultWords[fault]}`,
  // 534 is "not with this mechanism" (RFC 4954 §6); 535 would be "wrong password".
  tokensAlone: (_command, why) => `534 5.7.9 ${ourName}: ${protocolText(why)}`,
  farewell: (why) => `${farewellCodes[why]} ${ourName}: ${farewellWords[why]}`,
  startTls: () => `220 2.0.0 ${ourName}: go ahead`,
  showAnswer: (_command, answer) => answer,
  lastWords: (pending, end) => [`${lastCode(pending, end)} ${ourName}: ${protocolText(end.message)}`],
  inBytes: textInBytes,
};
