import type { Protocol } from '../contract/index.ts';
import { type Line, type LineChannel, LineTooLong } from '../net/line-channel.ts';
import { upstreamMisspoke } from './clock.ts';
import type { Command, Gathered } from './grammar.ts';

/** How a server's lines are read: strictly before TLS, where anyone may have written them. */
export type Manners = 'strict' | 'lenient';

const CR = 0x0d;

/** No line of a mail protocol contains these. A line that two parsers might split differently is not accepted. */
function isClean(bytes: Buffer): boolean {
  return !bytes.includes(CR) && !bytes.includes(0);
}

/** A line from the mail program. */
export interface ClientLine {
  /** Without its end; only the beginning if it is too long. */
  bytes: Buffer;
  fault: 'too-long' | 'malformed' | null;
}

/**
 * Reads a line from the mail program. Devices and scripts end theirs with a bare LF, and servers accept that; the line
 * is passed on with CR LF.
 *
 * @param maxLength end included
 * @throws ChannelClosed, or the signal's reason
 */
export async function readClientLine(client: LineChannel, maxLength: number, signal: AbortSignal): Promise<ClientLine> {
  try {
    const { bytes } = await client.readLine(maxLength, signal);
    return { bytes, fault: isClean(bytes) ? null : 'malformed' };
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    return { bytes: error.head, fault: 'too-long' };
  }
}

/**
 * Reads the answer to a challenge: `readCredentials` of a dialect's grammar.
 *
 * @param maxLength end included
 */
export async function readSaslLine(
  client: LineChannel,
  maxLength: number,
  signal: AbortSignal,
): Promise<Buffer | null | 'too-long'> {
  const { bytes, fault } = await readClientLine(client, maxLength, signal);
  if (fault === 'too-long') return fault;
  return fault ? null : bytes;
}

/** `gather` of a dialect's grammar whose commands are one line each: there is no more to read. */
export async function gatherLine<C extends Command>(command: C, declined: string | null): Promise<Gathered<C>> {
  return declined === null ? { kind: 'whole', command } : { kind: 'declined', answer: declined };
}

/**
 * Reads a line from the server, without its end. Inside TLS, where its origin is known, one that ends in a bare LF or
 * in CR CR LF is accepted, too.
 *
 * @param options `counted` recognises the lines after which counted bytes begin, whose end must be beyond doubt
 * @throws Refused `upstream-protocol`; ChannelClosed, or the signal's reason
 */
export async function readServerLine(
  upstream: LineChannel,
  options: {
    server: string;
    protocol: Protocol;
    maxLength: number;
    manners: Manners;
    counted?(line: Buffer): boolean;
  },
  signal: AbortSignal,
): Promise<Buffer> {
  const { server, protocol, maxLength, manners, counted } = options;
  let line: Line;
  try {
    line = await upstream.readLine(maxLength, signal);
  } catch (error) {
    if (error instanceof LineTooLong) throw upstreamMisspoke(server, 'endless-line');
    throw error;
  }
  if (line.wellFormed) return line.bytes;
  const bytes = line.bytes.at(-1) === CR ? line.bytes.subarray(0, -1) : line.bytes;
  if (manners === 'strict' || !isClean(bytes) || counted?.(bytes)) throw upstreamMisspoke(server, `not-${protocol}`);
  return bytes;
}

/**
 * Reads the lines of a list up to the lone dot (RFC 1939 §3, RFC 3977 §3.1.1), one by one.
 *
 * @param most a list with more lines or bytes than this is not what was asked for
 * @param read reads one line, without its end
 * @param each gets a line with its stuffed dot; the lone dot is not among them
 * @throws Refused `upstream-protocol` when there are too many, or what `read` throws
 */
export async function readLinesToDot(
  server: string,
  { maxLines, maxBytes }: { maxLines: number; maxBytes: number },
  read: () => Promise<Buffer>,
  each: (line: Buffer) => void,
): Promise<void> {
  let bytes = 0;
  for (let lines = 0; lines <= maxLines && bytes <= maxBytes; lines += 1) {
    const line = await read();
    if (line.length === 1 && line[0] === 0x2e) return;
    bytes += line.length + 2;
    each(line);
  }
  throw upstreamMisspoke(server, 'endless-answer');
}

const lineEnd = Buffer.from('\r\n');

/** Lines as bytes, each with its end. */
export function inLines(...lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, lineEnd]));
}

/** `inBytes` of a dialect's grammar whose answers are lines. */
export function textInBytes(text: string): Buffer {
  return Buffer.from(`${text}\r\n`, 'latin1');
}
