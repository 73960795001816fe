import type { Socket } from 'node:net';

/** How long a mail program has to read the final message before the connection is dropped. */
const lingerMilliseconds = 2_000;

/**
 * Sends the final message and ends the connection. Data that the mail program still sends is read and dropped: closing
 * over unread bytes makes TCP send a reset, and the message could be lost (RFC 9293 §3.6.1).
 *
 * @param lastWords bytes of the protocol, line end included; empty when everything has been said
 */
export function closeGently(client: Socket, lastWords = ''): Promise<void> {
  return new Promise((resolve) => {
    if (client.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(() => client.destroy(), lingerMilliseconds);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.once('end', () => client.destroySoon());
    client.resume();
    client.end(lastWords, 'latin1');
    if (client.readableEnded) client.destroySoon();
  });
}
