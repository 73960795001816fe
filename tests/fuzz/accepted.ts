import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';

/**
 * Hears of every connection that a server of this process had accepted and is rid of. A program that leaves before it is
 * judged has no session, and no event tells of it: that its connection is closed on this side too is all there is.
 *
 * @param released is given the port of the server
 * @returns ends it
 */
export function watchAccepted(released: (port: number) => void): () => void {
  const accepted = (message: unknown) => {
    const { socket } = message as { socket: Socket & { server: Server } };
    // The socket's own ends are not known any more when the program has reset it meanwhile.
    const address = socket.server.address();
    if (address === null || typeof address === 'string') return;
    socket.once('close', () => released(address.port));
  };
  subscribe('net.server.socket', accepted);
  return () => void unsubscribe('net.server.socket', accepted);
}
