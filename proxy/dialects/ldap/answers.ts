import type { LineChannel } from '../../net/line-channel.ts';
import { malformed } from '../../protocols/ber.ts';
import { type LdapResult, readResult } from '../../protocols/ldap-message.ts';
import { isAnswer, isResult } from '../../protocols/ldap-operations.ts';
import { upstreamMisspoke } from '../clock.ts';
import { type LdapMessage, readMessage } from './messages.ts';

/** An answer to a bind, or to the request for TLS: a result, a few words, a mechanism's challenge. */
const maxAnswerLength = 32 * 1024;

/** An answer with its result; null where it has none. */
export interface LdapAnswer extends LdapMessage {
  result: LdapResult | null;
}

/**
 * Reads one answer of the server.
 *
 * @throws Refused `upstream-protocol` when it is not one, ChannelClosed
 */
export async function readAnswer(upstream: LineChannel, server: string, signal: AbortSignal): Promise<LdapAnswer> {
  const message = await readMessage(upstream, maxAnswerLength, signal);
  if (message === malformed) throw upstreamMisspoke(server, 'not-ldap');
  if (message === 'too-long') throw upstreamMisspoke(server, 'endless-answer');
  const { head, bytes } = message;
  if (!isAnswer(head.op.tag)) throw upstreamMisspoke(server, 'not-ldap');
  if (!isResult(head.op.tag)) return { ...message, result: null };
  const result = readResult(bytes, head);
  if (typeof result === 'string') throw upstreamMisspoke(server, 'not-ldap');
  return { ...message, result };
}

/** The words in a result, to be recognised; never shown. */
export function wordsOf({ bytes, result }: LdapAnswer): string {
  return result ? bytes.toString('utf8', result.diagnostic.start, result.diagnostic.end) : '';
}
