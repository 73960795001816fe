import { isSecretImapCommand, redactImapCommand, redactImapTag } from '../../protocols/imap-redaction.ts';
import { type ImapCommandLine, isImapCommand, parseImapCommand, parseImapTag } from '../../protocols/imap-syntax.ts';
import { redacted } from '../../protocols/sasl-redaction.ts';
import { isTokenMechanism } from '../../protocols/sign-in-way.ts';
import type { Command, Fault, Gathered, Gathering, Grammar } from '../grammar.ts';
import { readClientLine, readSaslLine, textInBytes } from '../text-line.ts';
import { farewellWords, faultWords, ourName, protocolText } from '../words.ts';
import { type CommandPiece, gatherPieces } from './literals.ts';
import { maxCommandLength, maxSaslLength, rowOf } from './table.ts';

/** A command (RFC 3501 §2.2.1): lines, with literals between them. */
export interface ImapCommand extends Command {
  /** What its answer begins with; `*` where the program gave none. */
  tag: string;
  /** In upper case; empty where none was recognised. */
  name: string;
  argument: string;
  pieces: CommandPiece[];
}

/** Reads a command's first line. */
function readImapCommand(line: Buffer, fault: Fault | null): ImapCommand {
  const parsed: ImapCommandLine | null = parseImapCommand(line);
  const { name, argument } = parsed ?? { name: '', argument: '' };
  const row = rowOf(name);
  const tooLong = fault === 'too-long' || line.length + 2 > row.maxLength;
  return {
    ...row,
    tag: parsed?.tag ?? parseImapTag(line) ?? '*',
    name,
    argument,
    pieces: fault === 'too-long' ? [] : [{ line, literal: null }],
    head: line,
    known: !tooLong && isImapCommand(name),
    shown: fault ? redacted : redactImapCommand(line),
    secret: parsed ? isSecretImapCommand(parsed) : true,
    token: name === 'AUTHENTICATE' && isTokenMechanism(argument.trim().split(/\s+/)[0] ?? ''),
    fault: tooLong ? 'too-long' : (fault ?? (parsed ? null : 'unknown')),
  };
}

/** A command of our own, under our own tag. @param pieces without the tag */
export function imapCommand(tag: string, [first, ...rest]: readonly CommandPiece[]): ImapCommand {
  const line = Buffer.concat([Buffer.from(`${tag} `), first?.line ?? Buffer.alloc(0)]);
  const command = readImapCommand(line, null);
  return { ...command, pieces: [{ line, literal: first?.literal ?? null }, ...rest] };
}

async function gather(
  command: ImapCommand,
  declined: string | null,
  { client, signal, tell, onLineTooLong }: Gathering,
): Promise<Gathered<ImapCommand>> {
  const bad = (why: string) => `${command.tag} BAD ${ourName}: ${why}`;
  // The end of a line that was cut, which might announce a literal, was not seen.
  if (declined !== null && command.pieces.length === 0) return { kind: 'declined', answer: declined };
  const noLiteral = command.name === 'AUTHENTICATE' && command.argument.endsWith('}');
  const why = declined ?? (noLiteral ? bad('AUTHENTICATE takes no literal.') : null);
  const gathered = await gatherPieces(command.head, why !== null, command.name === 'LOGIN', {
    client,
    signal,
    goAhead: () => tell(`+ ${ourName}: go ahead`),
    onLineTooLong,
  });
  if (gathered.kind === 'flood') return gathered;
  if (why !== null) return { kind: 'declined', answer: why };
  if (gathered.kind === 'declined') return { kind: 'declined', answer: bad(gathered.why) };
  return { kind: 'whole', command: { ...command, pieces: gathered.pieces } };
}

export const imapGrammar: Grammar<ImapCommand> = {
  async read(client, signal) {
    const { bytes, fault } = await readClientLine(client, maxCommandLength, signal);
    return readImapCommand(bytes, fault);
  },
  readCredentials: (client, signal) => readSaslLine(client, maxSaslLength, signal),
  gather,
  // RFC 5530 §3 has a code for it; nothing in it makes a program drop its password.
  decline: ({ tag }, fault) =>
    `${tag} ${fault === 'tls-first' ? 'NO [PRIVACYREQUIRED]' : 'BAD'} ${ourName}: ${faultWords[fault]}`,
  // RFC 5530 §3: not now. AUTHENTICATIONFAILED would be "wrong password".
  tokensAlone: ({ tag }, why) => `${tag} NO [UNAVAILABLE] ${ourName}: ${protocolText(why)}`,
  farewell: (why) => `* BYE ${ourName}: ${farewellWords[why]}`,
  startTls: ({ tag }) => `${tag} OK ${ourName}: go ahead`,
  showAnswer({ tag, name }, answer) {
    if (!answer.startsWith(`${tag} `)) return answer;
    // Where no command was recognised, the first word may be anything.
    return `${isImapCommand(name) || tag === '*' ? redactImapTag(tag) : '‹tag›'}${answer.slice(tag.length)}`;
  },
  lastWords(pending, { message }) {
    const text = protocolText(message);
    const bye = `* BYE ${ourName}: ${text}`;
    return pending && pending.tag !== '*' ? [`${pending.tag} NO [UNAVAILABLE] ${ourName}: ${text}`, bye] : [bye];
  },
  inBytes: textInBytes,
};
