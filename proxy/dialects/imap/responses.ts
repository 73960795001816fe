import { randomBytes } from 'node:crypto';
import type { LineChannel } from '../../net/line-channel.ts';
import {
  type ImapResponseLine,
  parseImapResponse,
  parseLiteralMark,
  parseTaggedBye,
  withSingleBlanks,
} from '../../protocols/imap-syntax.ts';
import { upstreamMisspoke } from '../clock.ts';
import { inLines, type Manners, readServerLine } from '../text-line.ts';

/** How much a server may say in one exchange before it counts as endless. */
export interface ResponseBudget {
  lines: number;
  bytes: number;
  /** The longest line allowed, in bytes, end included. */
  readonly maxLineLength: number;
  readonly manners: Manners;
  /** Whether to tolerate what IMAP does not allow: words more than one blank apart, a goodbye with a tag. */
  readonly oddWords: boolean;
}

/** Before TLS every byte may be an attacker's: this is enough for a greeting, some data, and the answer to STARTTLS. */
export const plaintextBudget = (): ResponseBudget => ({
  lines: 100,
  bytes: 64 * 1024,
  maxLineLength: 8192,
  manners: 'strict',
  oddWords: false,
});

/** Inside TLS, before sign-in: long lists of capabilities and a namespace or two, with room to spare. */
export const signInBudget = (manners: Manners = 'lenient'): ResponseBudget => ({
  lines: 1000,
  bytes: 256 * 1024,
  maxLineLength: 16 * 1024,
  manners,
  oddWords: true,
});

/** One response of a server. */
export interface ImapResponse {
  /** The first line, without its end. */
  line: Buffer;
  /** What follows the first line's end: literals and the lines after them, ends included. Empty for most. */
  tail: Buffer;
  is: ImapResponseLine;
}

/** A tag for one of our own commands that nobody can guess: no reply to it can have been prepared. */
export function randomTag(): string {
  return `P${randomBytes(8).toString('hex')}`;
}

/**
 * Reads one response, with the literals in it.
 *
 * @param budget reduced by what is read
 * @throws Refused `upstream-protocol` when it is not one or the budget is exhausted; ChannelClosed
 */
export async function readImapResponse(
  upstream: LineChannel,
  server: string,
  budget: ResponseBudget,
  signal: AbortSignal,
): Promise<ImapResponse> {
  const said = await readResponseLine(upstream, server, budget, signal);
  const usual = parseImapResponse(said);
  const line = usual || !budget.oddWords ? said : withSingleBlanks(said);
  const is = usual ?? (budget.oddWords ? (parseImapResponse(line) ?? parseTaggedBye(line)) : null);
  if (!is) throw upstreamMisspoke(server, 'not-imap');
  const tail: Buffer[] = [];
  // Only data may hold literals: a status is text to its end, and capabilities are atoms.
  let mark = is.kind === 'data' && is.name !== 'CAPABILITY' ? parseLiteralMark(line) : null;
  while (mark) {
    tail.push(await readCounted(upstream, server, mark.size, budget, signal));
    const next = await readResponseLine(upstream, server, budget, signal);
    tail.push(inLines(next));
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
  const { maxLineLength: maxLength, manners } = budget;
  const line = await readServerLine(
    upstream,
    { server, protocol: 'imap', maxLength, manners, counted: announces },
    signal,
  );
  budget.lines -= 1;
  spend(budget, line.length + 2, server);
  return line;
}

/** Where a literal begins must be unambiguous: no leniency there. */
const announces = (line: Buffer) => parseLiteralMark(line) !== null;

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
