import type { LineChannel } from '../../net/line-channel.ts';
import { parseSmtpReplyLine, type SmtpReply, withBlankBehindCode } from '../../protocols/smtp-reply.ts';
import { upstreamMisspoke } from '../clock.ts';
import { type Manners, readServerLine } from '../text-line.ts';

/** A reply line has at most 512 octets (RFC 5321 §4.5.3.1.5); servers with long lists of extensions exceed it. */
const maxReplyLineLength = 4096;

/** No mail server gives a reply with more lines or bytes than this. */
const maxReplyLines = 200;
const maxReplyBytes = 64 * 1024;

/** How a reply is read. */
export interface ReplyManners {
  manners: Manners;
  /** Skips empty lines in front of it: some servers put one after each answer. They say nothing. */
  skipEmptyLines?: boolean;
  /** Where the manners are strict: whether a refusal may have a tab behind its code all the same. */
  oddRefusals?: boolean;
  /** Called for each line but the last. */
  onLine?(): void;
}

/**
 * Reads one whole reply (RFC 5321 §4.2.1).
 *
 * @throws Refused `upstream-protocol` when it is not one, ChannelClosed
 */
export async function readReply(
  upstream: LineChannel,
  server: string,
  signal: AbortSignal,
  { manners, skipEmptyLines = false, oddRefusals = false, onLine }: ReplyManners = {
    manners: 'lenient',
    skipEmptyLines: true,
  },
): Promise<SmtpReply> {
  const lines: Buffer[] = [];
  let code: number | null = null;
  let bytes = 0;
  for (let read = 1; ; read += 1) {
    const said = await readReplyLine(upstream, server, manners, signal);
    const tolerant = manners === 'lenient' || (oddRefusals && /^[45]/.test(said.toString('latin1', 0, 1)));
    const line = tolerant ? withBlankBehindCode(said) : said;
    if (line.length === 0 && code === null && skipEmptyLines && read < maxReplyLines) continue;
    const parsed = parseSmtpReplyLine(line);
    if (!parsed) throw upstreamMisspoke(server, 'not-smtp');
    // A reply whose lines have different codes could be read either way (RFC 5321 §4.2.1).
    if (code !== null && parsed.code !== code) throw upstreamMisspoke(server, 'contradiction');
    code = parsed.code;
    lines.push(line);
    bytes += line.length;
    if (!parsed.continues) return { code, lines };
    if (read >= maxReplyLines || bytes > maxReplyBytes) throw upstreamMisspoke(server, 'endless-answer');
    onLine?.();
  }
}

/** Reads one line from the server, which may be empty. */
export function readReplyLine(
  upstream: LineChannel,
  server: string,
  manners: Manners,
  signal: AbortSignal,
): Promise<Buffer> {
  return readServerLine(upstream, { server, protocol: 'smtp', maxLength: maxReplyLineLength, manners }, signal);
}
