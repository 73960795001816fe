import { type LineChannel, LineTooLong } from '../net/line-channel.ts';
import { parseSmtpReplyLine, type SmtpReply } from '../protocols/smtp-reply.ts';
import { upstreamMisspoke } from './clock.ts';

/** A reply line has at most 512 octets (RFC 5321 §4.5.3.1.5); servers with long lists of extensions exceed it. */
const maxReplyLineLength = 4096;

/** More lines or bytes than this make no reply that a mail server would give. */
const maxReplyLines = 200;
const maxReplyBytes = 64 * 1024;

/** A reply's lines as bytes, ends included. */
export function replyBytes(lines: readonly Buffer[]): Buffer {
  const end = Buffer.from('\r\n');
  return Buffer.concat(lines.flatMap((line) => [line, end]));
}

/**
 * Reads one whole reply (RFC 5321 §4.2.1).
 *
 * @throws Refused `upstream-protocol` when it is none, ChannelClosed
 */
export async function readReply(upstream: LineChannel, server: string, signal: AbortSignal): Promise<SmtpReply> {
  const lines: Buffer[] = [];
  let code: number | null = null;
  let bytes = 0;
  for (;;) {
    const { bytes: line, wellFormed } = await readReplyLine(upstream, server, signal);
    const parsed = parseSmtpReplyLine(line);
    if (!parsed || !wellFormed) throw upstreamMisspoke(server, 'not-smtp');
    // A reply whose lines disagree about its code could be read either way (RFC 5321 §4.2.1).
    if (code !== null && parsed.code !== code) throw upstreamMisspoke(server, 'contradiction');
    code = parsed.code;
    lines.push(line);
    bytes += line.length;
    if (!parsed.continues) return { code, lines };
    if (lines.length >= maxReplyLines || bytes > maxReplyBytes) throw upstreamMisspoke(server, 'endless-answer');
  }
}

async function readReplyLine(upstream: LineChannel, server: string, signal: AbortSignal) {
  try {
    return await upstream.readLine(maxReplyLineLength, signal);
  } catch (error) {
    if (error instanceof LineTooLong) throw upstreamMisspoke(server, 'endless-line');
    throw error;
  }
}
