import { randomBytes } from 'node:crypto';
import { type Line, type LineChannel, LineTooLong } from '../net/line-channel.ts';
import { type ImapResponseLine, parseImapResponse, parseLiteralMark } from '../protocols/imap-syntax.ts';
import { upstreamMisspoke } from './clock.ts';

/** What a server may say in one exchange before it counts as endless. */
export interface ResponseBudget {
  lines: number;
  bytes: number;
  /** The most bytes of one line, its end included. */
  readonly maxLineLength: number;
}

/** Before TLS every byte is a stranger's: little is enough for a greeting, some data, and the answer to STARTTLS. */
export const plaintextBudget = (): ResponseBudget => ({ lines: 100, bytes: 64 * 1024, maxLineLength: 8192 });

/** Inside TLS, before sign-in: long lists of capabilities and a namespace or two, and room to spare. */
export const signInBudget = (): ResponseBudget => ({ lines: 1000, bytes: 256 * 1024, maxLineLength: 16 * 1024 });

/** One response of a server. */
export interface ImapResponse {
  /** The first line, without its end. */
  line: Buffer;
  /** What follows the first line's end: literals and the lines behind them, ends included. Empty for most. */
  tail: Buffer;
  is: ImapResponseLine;
}

/** A tag for a command of our own that nobody can guess: no reply to it can have been prepared. */
export function randomTag(): string {
  return `P${randomBytes(8).toString('hex')}`;
}

/**
 * Reads one response, with the literals in it.
 *
 * @param budget is used up
 * @throws Refused `upstream-protocol` when it is none or the budget is used up; ChannelClosed
 */
export async function readImapResponse(
  upstream: LineChannel,
  server: string,
  budget: ResponseBudget,
  signal: AbortSignal,
): Promise<ImapResponse> {
  const line = await readResponseLine(upstream, server, budget, signal);
  const is = parseImapResponse(line);
  if (!is) throw upstreamMisspoke(server, 'not-imap');
  const tail: Buffer[] = [];
  // Only data may hold literals: a status is text to its end, and capabilities are atoms.
  let mark = is.kind === 'data' && is.name !== 'CAPABILITY' ? parseLiteralMark(line) : null;
  while (mark) {
    tail.push(await readCounted(upstream, server, mark.size, budget, signal));
    const next = await readResponseLine(upstream, server, budget, signal);
    tail.push(next, Buffer.from('\r\n'));
    mark = parseLiteralMark(next);
  }
  return { line, tail: Buffer.concat(tail), is };
}

async function readResponseLine(
  upstream: LineChannel,
  server: string,
  budget: ResponseBudget,
  signal: AbortSignal,
): Promise<Buffer> {
  const { bytes, wellFormed } = await lineWithin(upstream, server, budget, signal);
  budget.lines -= 1;
  spend(budget, bytes.length + 2, server);
  if (!wellFormed) throw upstreamMisspoke(server, 'not-imap');
  return bytes;
}

async function lineWithin(
  upstream: LineChannel,
  server: string,
  budget: ResponseBudget,
  signal: AbortSignal,
): Promise<Line> {
  try {
    return await upstream.readLine(budget.maxLineLength, signal);
  } catch (error) {
    if (error instanceof LineTooLong) throw upstreamMisspoke(server, 'endless-line');
    throw error;
  }
}

async function readCounted(
  upstream: LineChannel,
  server: string,
  size: number,
  budget: ResponseBudget,
  signal: AbortSignal,
): Promise<Buffer> {
  spend(budget, size, server);
  return upstream.readExactly(size, signal);
}

function spend(budget: ResponseBudget, bytes: number, server: string): void {
  budget.bytes -= bytes;
  if (budget.lines < 0 || budget.bytes < 0) throw upstreamMisspoke(server, 'endless-answer');
}
