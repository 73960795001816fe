import type { LineChannel } from '../../net/line-channel.ts';
import { type OddPop3Replies, type Pop3Reply, parsePop3Reply } from '../../protocols/pop3-syntax.ts';
import { upstreamMisspoke } from '../clock.ts';
import { type Manners, readLinesToDot, readServerLine } from '../text-line.ts';

/** An answer's line has at most 512 octets (RFC 2449 §4); servers with long lists of mechanisms exceed it. */
const maxAnswerLineLength = 8192;
/** No server gives a list with more lines or bytes than this before the sign-in. */
const maxList = { maxLines: 1000, maxBytes: 64 * 1024 };

/** The first line of an answer, without its end. */
export interface Pop3Answer {
  is: Pop3Reply;
  line: Buffer;
}

/**
 * Reads the first line of an answer.
 *
 * @param odd which words may be misspelt; where odd line ends are tolerated, so are odd words
 * @throws Refused `upstream-protocol` when it is not one, ChannelClosed
 */
export async function readAnswer(
  upstream: LineChannel,
  server: string,
  signal: AbortSignal,
  manners: Manners = 'lenient',
  odd: OddPop3Replies = manners === 'lenient' ? 'all' : 'none',
): Promise<Pop3Answer> {
  const line = await readAnswerLine(upstream, server, signal, manners);
  const is = parsePop3Reply(line, odd);
  if (!is) throw upstreamMisspoke(server, 'not-pop3');
  return { is, line };
}

/**
 * Reads the lines after `+OK` up to the lone dot (RFC 1939 §3), one by one.
 *
 * @param each gets a line without its end and with its stuffed dot; the lone dot is not among them
 * @throws Refused `upstream-protocol` when there are too many, ChannelClosed
 */
export async function readAnswerLines(
  upstream: LineChannel,
  server: string,
  signal: AbortSignal,
  each: (line: Buffer) => void,
  manners: Manners = 'lenient',
): Promise<void> {
  await readLinesToDot(server, maxList, () => readAnswerLine(upstream, server, signal, manners), each);
}

function readAnswerLine(upstream: LineChannel, server: string, signal: AbortSignal, manners: Manners): Promise<Buffer> {
  return readServerLine(upstream, { server, protocol: 'pop3', maxLength: maxAnswerLineLength, manners }, signal);
}
