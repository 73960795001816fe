import { isHttpRequest } from '../protocols/foreign.ts';
import { redacted } from '../protocols/sasl-redaction.ts';
import { isTokenMechanism } from '../protocols/sign-in-way.ts';
import type { Command, CommandRow, Fault } from './grammar.ts';

/** A command that is one line: a keyword and what follows it. */
export interface OneLineCommand extends Command {
  /** In upper case. */
  keyword: string;
  argument: string;
  /** Without its end. */
  line: Buffer;
}

/** How one protocol reads such a line. */
export interface OneLineSyntax<R extends CommandRow> {
  parse(line: Buffer): { keyword: string; argument: string };
  /** What the command means to the sign-in. */
  rowOf(keyword: string, argument: string): R;
  /** Whether a keyword is one of the protocol's. */
  isKnown(keyword: string): boolean;
  /** Whether it may be one that Postern does not know. */
  mayBe(keyword: string): boolean;
  redact(line: Buffer): string;
  isSecret(line: Buffer): boolean;
  /** The keyword whose argument begins with the name of a SASL mechanism. */
  sasl: string;
}

/** @param fault what was wrong with the line as it was read */
export function readOneLineCommand<R extends CommandRow>(
  line: Buffer,
  fault: Fault | null,
  syntax: OneLineSyntax<R>,
): OneLineCommand & R {
  const { keyword, argument } = syntax.parse(line);
  const row = syntax.rowOf(keyword, argument);
  const tooLong = fault === 'too-long' || line.length + 2 > row.maxLength;
  const wrong = fault ?? (syntax.mayBe(keyword) ? null : 'unknown');
  return {
    ...row,
    keyword,
    argument,
    line,
    head: line,
    known: !tooLong && syntax.isKnown(keyword) && !isHttpRequest(line),
    shown: tooLong || fault ? redacted : syntax.redact(line),
    secret: syntax.isSecret(line),
    token: keyword === syntax.sasl && isTokenMechanism(argument.trim().split(/\s+/)[0] ?? ''),
    fault: tooLong ? 'too-long' : wrong,
  };
}
