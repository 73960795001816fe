import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';

/**
 * Notices every connection that a server of this process had accepted and has closed. A program that leaves before it
 * is judged has no session, and no event reports it: that its connection is closed on this side too is all that can be
 * observed.
 *
 * @param released receives the port of the server
 * @returns stops watching
 */
export function watchAccepted(released: (port: number) => void): () => void {
  const accepted = (message: unknown) => {
    const { socket } = message as { socket: Socket & { server: Server } };
    // The socket's own addresses are no longer known if the program has reset it in the meantime.
    const address = socket.server.address();
    if (address === null || typeof address === 'string') return;
    socket.once('close', () => released(address.port));
  };
  subscribe('net.server.socket', accepted);
  return () => void unsubscribe('net.server.socket', accepted);
}
