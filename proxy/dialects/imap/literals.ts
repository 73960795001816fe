import type { LineChannel } from '../../net/line-channel.ts';
import { parseLiteralMark } from '../../protocols/imap-syntax.ts';
import { readClientLine } from '../text-line.ts';
import { faultWords } from '../words.ts';

/** A line between two literals, its end included. */
const maxLineLength = 8192;
/** A user name or password is far shorter; nothing else needs a literal before sign-in. */
const maxLiteralBytes = 16 * 1024;
/** ID has up to 30 fields, each a name and a value (RFC 2971 §3.3). */
const maxLiterals = 60;
const maxCommandBytes = 64 * 1024;

/** A line of a command, and the literal after it. */
export interface CommandPiece {
  /** Without its end. */
  line: Buffer;
  literal: { bytes: Buffer; synchronising: boolean } | null;
}

/**
 * A whole command; or the words for why it is not passed on, all of it having been read; or `flood`: more bytes are on
 * the way than can be read at all.
 */
type GatheredPieces =
  | { kind: 'command'; pieces: CommandPiece[] }
  | { kind: 'declined'; why: string }
  | { kind: 'flood' };

interface GatheringPieces {
  client: LineChannel;
  /** Limits how long the mail program may take for the rest of the command, and ends it from outside. */
  signal: AbortSignal;
  /** Tells the mail program to send the literal that it announced. */
  goAhead(): Promise<void>;
  onLineTooLong(): void;
}

/**
 * Reads the rest of a command, so that it is judged as a whole before any of it is sent: a literal that is cut short or
 * has forbidden bytes then leaves the server where it was.
 *
 * @param first the command's first line, without its end
 * @param declined true when the command is not wanted. Literals that the program sends without waiting are still read.
 * @param strict true for LOGIN: no CR, LF or NUL belongs in a user name or password
 */
export async function gatherPieces(
  first: Buffer,
  declined: boolean,
  strict: boolean,
  { client, signal, goAhead, onLineTooLong }: GatheringPieces,
): Promise<GatheredPieces> {
  const pieces: CommandPiece[] = [];
  let why = declined ? '' : null;
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
      // Without a go-ahead the program does not send the literal, and the command is over (RFC 3501 §7.5).
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
    const next = await readClientLine(client, maxLineLength, signal);
    if (next.fault === 'too-long') {
      onLineTooLong();
      await client.skipLine(signal);
      return { kind: 'declined', why: why ?? faultWords['too-long'] };
    }
    if (next.fault) why ??= faultWords[next.fault];
    line = next.bytes;
    total += line.length;
  }
}
