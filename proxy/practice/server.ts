import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { ChannelClosed, LineChannel } from '../net/line-channel.ts';
import type { ServerIdentity } from './certificate.ts';
import type { Mailbox } from './mailbox.ts';

/** What the three servers of the practice share. */
export interface PracticeMail {
  /** Its own name, in greetings and trace lines. */
  serverName: string;
  identity: ServerIdentity;
  mailbox: Mailbox;
  isSignIn(user: string, password: string): boolean;
}

/** A listening server of the practice, on 127.0.0.1. */
export interface RunningServer {
  port: number;
  /** Stops listening and ends every connection. */
  stop(): Promise<void>;
}

/** One person with a few mail programs. */
const maxConnections = 50;

/**
 * Listens with TLS from the first byte (RFC 8314 §3.3), and runs one conversation for each connection.
 *
 * @param idleMilliseconds a silent connection is ended after this long
 */
export async function startTlsServer(
  identity: ServerIdentity,
  idleMilliseconds: number,
  converse: (channel: LineChannel, signal: AbortSignal) => Promise<void>,
): Promise<RunningServer> {
  const stopping = new AbortController();
  const open = new Set<Duplex>();
  const server = tls.createServer({ ...identity, minVersion: 'TLSv1.2' }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.setTimeout(idleMilliseconds, () => socket.destroy());
    const channel = new LineChannel(socket);
    // However the conversation ends, its connection ends with it, and no other.
    converse(channel, stopping.signal)
      .catch(() => undefined)
      .finally(() => socket.end());
  });
  server.maxConnections = maxConnections;
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        stopping.abort(new ChannelClosed('The practice ended.'));
        for (const socket of open) socket.destroy();
      }),
  };
}
