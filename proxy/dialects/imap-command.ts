import { type LineChannel, LineTooLong } from '../net/line-channel.ts';
import { parseLiteralMark } from '../protocols/imap-syntax.ts';

/** A command line before sign-in, its end included (RFC 7162 §4 asks clients to stay below this). */
export const maxCommandLineLength = 8192;
/** A user name or password is far shorter; nothing else needs a literal before sign-in. */
const maxLiteralBytes = 16 * 1024;
const maxLiterals = 16;
const maxCommandBytes = 64 * 1024;

/** A line of a command, and the literal behind it. */
export interface CommandPiece {
  /** Without its end. */
  line: Buffer;
  literal: { bytes: Buffer; synchronising: boolean } | null;
}

/**
 * A whole command; or the words of why it is not passed on, all of it having been read; or `flood`: bytes are on their
 * way that are too many to be read at all.
 */
export type Gathered =
  | { kind: 'command'; pieces: CommandPiece[] }
  | { kind: 'declined'; why: string }
  | { kind: 'flood' };

export interface Gathering {
  client: LineChannel;
  /** Limits how long the mail program may take for the rest of the command, and ends it from outside. */
  signal: AbortSignal;
  /** Tells the mail program to send the literal that it announced. */
  goAhead(): Promise<void>;
  onLineTooLong(): void;
}

/**
 * Reads the rest of a command, so that it is judged as a whole before any of it is sent: a literal cut short or with
 * forbidden bytes then leaves the server where it was.
 *
 * @param first the command's first line, without its end
 * @param declined why the command is not wanted, or null. What the program sends unasked is read all the same.
 * @param strict true for LOGIN: no CR, LF or NUL belongs in a user name or password
 */
export async function gatherCommand(
  first: Buffer,
  declined: string | null,
  strict: boolean,
  { client, signal, goAhead, onLineTooLong }: Gathering,
): Promise<Gathered> {
  const pieces: CommandPiece[] = [];
  let why = declined;
  let total = first.length;
  for (let line = first; ; ) {
    const mark = parseLiteralMark(line);
    if (!mark) {
      pieces.push({ line, literal: null });
      return why === null ? { kind: 'command', pieces } : { kind: 'declined', why };
    }
    total += mark.size;
    const tooMuch = mark.size > maxLiteralBytes || total > maxCommandBytes || pieces.length >= maxLiterals;
    if (mark.synchronising) {
      if (tooMuch) why ??= 'this literal is too large before sign-in.';
      // Without a go-ahead the program keeps the literal, and the command is over (RFC 3501 §7.5).
      if (why !== null) return { kind: 'declined', why };
      await goAhead();
    } else if (tooMuch) {
      return { kind: 'flood' };
    }
    const bytes = await client.readExactly(mark.size, signal);
    if (strict ? /[\r\n\0]/.test(bytes.toString('latin1')) : !mark.binary && bytes.includes(0)) {
      why ??= 'a literal holds characters that are not allowed here.';
    }
    pieces.push({ line, literal: { bytes, synchronising: mark.synchronising } });
    try {
      const next = await client.readLine(maxCommandLineLength, signal);
      if (!next.wellFormed) why ??= malformed;
      line = next.bytes;
      total += line.length;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      onLineTooLong();
      await client.skipLine(signal);
      return { kind: 'declined', why: 'line too long.' };
    }
  }
}

export const malformed = 'a line must end in CR LF and hold neither CR, LF nor NUL.';
