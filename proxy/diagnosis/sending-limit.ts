import replies from '../../assets/sending-limits.json' with { type: 'json' };
import type { Finding } from '../contract/index.ts';

/** One row of the table: what a provider says when more is sent than it takes at a time. */
interface LimitReply {
  /** A regular expression for the reply, ignoring case. */
  reply: string;
  /** When it takes more again. */
  per: 'minute' | 'day';
  /** As its customers call it. */
  provider: string;
  /** Where the fact is documented. */
  source: string;
}

export const limitReplies = replies as LimitReply[];

/** Only this much of a reply is examined: the decisive words are in its first line or two. */
const maxTextLength = 2000;

/**
 * Recognises from the server's reply to a message, or to a part of one, that it only wants less at a time.
 *
 * @param reply all lines; none of it is in the finding
 * @returns null for any other refusal
 */
export function sendingLimit(reply: string): (Finding & { code: 'server-rate-limited' }) | null {
  const text = reply.slice(0, maxTextLength).replace(/\r?\n\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?|\s+/g, ' ');
  const known = limitReplies.find((row) => new RegExp(row.reply, 'i').test(text));
  return known ? { code: 'server-rate-limited', facts: { provider: known.provider, per: known.per } } : null;
}
