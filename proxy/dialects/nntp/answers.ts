import type { LineChannel } from '../../net/line-channel.ts';
import { type NntpReply, parseNntpReply } from '../../protocols/nntp-syntax.ts';
import { upstreamMisspoke } from '../clock.ts';
import { type Manners, readLinesToDot, readServerLine } from '../text-line.ts';

/** An answer's first line has at most 512 octets (RFC 3977 §3.1), of a list's lines only most do. */
const maxAnswerLineLength = 8192;
/** A list with more lines or bytes than this says nothing about the server itself. */
const maxList = { maxLines: 2000, maxBytes: 128 * 1024 };

/** The first line of an answer, without its end. */
export interface NntpAnswer extends NntpReply {
  line: Buffer;
}

/**
 * Reads the first line of an answer.
 *
 * @throws Refused `upstream-protocol` when it is not one, ChannelClosed
 */
export async function readAnswer(
  upstream: LineChannel,
  server: string,
  signal: AbortSignal,
  manners: Manners = 'lenient',
): Promise<NntpAnswer> {
  const line = await readAnswerLine(upstream, server, signal, manners);
  const reply = parseNntpReply(line);
  if (!reply) throw upstreamMisspoke(server, 'not-nntp');
  return { ...reply, line };
}

/**
 * Reads the lines of a list up to the lone dot (RFC 3977 §3.1.1).
 *
 * @returns them without their ends and with stuffed dots; the lone dot is not among them
 * @throws Refused `upstream-protocol` when there are too many, ChannelClosed
 */
export async function readAnswerLines(
  upstream: LineChannel,
  server: string,
  signal: AbortSignal,
  manners: Manners = 'lenient',
): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  const read = () => readAnswerLine(upstream, server, signal, manners);
  await readLinesToDot(server, maxList, read, (line) => void lines.push(line));
  return lines;
}

function readAnswerLine(upstream: LineChannel, server: string, signal: AbortSignal, manners: Manners): Promise<Buffer> {
  return readServerLine(upstream, { server, protocol: 'nntp', maxLength: maxAnswerLineLength, manners }, signal);
}
