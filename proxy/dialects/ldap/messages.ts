import { ChannelClosed, type LineChannel } from '../../net/line-channel.ts';
import { incomplete, malformed } from '../../protocols/ber.ts';
import { isWhole, type LdapHead, readLdapHead } from '../../protocols/ldap-message.ts';

/** A message that is all there. */
export interface LdapMessage {
  head: LdapHead;
  bytes: Buffer;
}

/**
 * Reads one message. Nothing is taken until all of it has come.
 *
 * @param maxLength in bytes, less than a channel holds
 * @returns `malformed` or `too-long` when there is none, and then nothing is taken
 * @throws ChannelClosed, or the signal's reason
 */
export async function readMessage(
  channel: LineChannel,
  maxLength: number,
  signal: AbortSignal,
): Promise<LdapMessage | typeof malformed | 'too-long'> {
  for (;;) {
    const head = readLdapHead(channel.peek());
    if (head === malformed) return malformed;
    if (head !== incomplete) {
      if (head.end > maxLength) return 'too-long';
      if (head.end <= channel.buffered) {
        if (!isWhole(channel.peek(), head)) return malformed;
        return { head, bytes: channel.take(head.end) };
      }
    }
    await more(channel, signal);
  }
}

/** Waits for more than has come. @throws ChannelClosed, or the signal's reason */
export async function more(channel: LineChannel, signal: AbortSignal): Promise<void> {
  const before = channel.buffered;
  await channel.arrival(signal, before);
  if (channel.buffered === before) throw new ChannelClosed('The connection ended within a message.');
}
