import { type LineChannel, LineTooLong } from '../net/line-channel.ts';
import { parseImapCommand, parseLiteralMark } from '../protocols/imap-syntax.ts';
import { maxMessageBytes } from './mailbox.ts';

/** RFC 7162 §4 asks clients to stay below 8192 bytes. */
const maxLineLength = 16 * 1024;
const maxLiterals = 50;

/** A whole command; literals appear in its arguments as quoted strings. */
export interface PracticeCommand {
  tag: string;
  /** In upper case. */
  name: string;
  argument: string;
}

/** What came instead of a command: `why` is for the mail program; the connection goes on unless it is `fatal`. */
export interface NoCommand {
  tag: string | null;
  why: string;
  fatal: boolean;
}

/**
 * Reads one command with its literals (RFC 3501 §4.3, RFC 7888).
 *
 * @throws ChannelClosed, or the signal's reason
 */
export async function readCommand(channel: LineChannel, signal: AbortSignal): Promise<PracticeCommand | NoCommand> {
  let text = '';
  let size = 0;
  for (let literals = 0; ; literals += 1) {
    let line: Buffer;
    try {
      line = (await channel.readLine(maxLineLength, signal)).bytes;
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      await channel.skipLine(signal);
      return { tag: null, why: 'That line is too long', fatal: false };
    }
    const mark = parseLiteralMark(line);
    const part = line.toString('latin1');
    if (!mark) return named(text + part);
    size += mark.size;
    if (size > maxMessageBytes || literals >= maxLiterals) {
      // What was announced without waiting is on its way and cannot be told from commands.
      const why = 'That is more than the practice account takes';
      return {
        tag: parseImapCommand(Buffer.from(text + part, 'latin1'))?.tag ?? null,
        why,
        fatal: !mark.synchronising,
      };
    }
    if (mark.synchronising) await channel.write('+ Go on\r\n', signal);
    const bytes = await channel.readExactly(mark.size, signal);
    text += `${part.slice(0, part.lastIndexOf('{'))}"${bytes.toString('latin1').replace(/["\\]/g, '\\$&')}"`;
  }
}

function named(text: string): PracticeCommand | NoCommand {
  return (
    parseImapCommand(Buffer.from(text, 'latin1')) ?? { tag: null, why: 'A command is a tag and a word', fatal: false }
  );
}
