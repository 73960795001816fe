import net from 'node:net';
import type { ListenAddress, RelayFailureReason } from '../contract/index.ts';

/** What a listener tells its owner. */
export interface ListenerEvents {
  listening(port: number): void;
  failed(reason: RelayFailureReason, message: string): void;
  connection(socket: net.Socket): void;
}

export interface Listener {
  /** Stops accepting. Connections that were accepted live on. */
  close(): Promise<void>;
}

const keepAliveMilliseconds = 60_000;

/**
 * As many connections wait to be accepted as Linux allows (net.core.somaxconn). One that finds no place there believes
 * that it stands, hears nothing for minutes, and could not be told why.
 */
const backlog = 4096;

/**
 * Listens on one loopback address. When the port cannot be had, says so and keeps trying until it can.
 *
 * @param retryMilliseconds how long to wait between tries
 */
export function listen({ address, port }: ListenAddress, events: ListenerEvents, retryMilliseconds = 5_000): Listener {
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let server: net.Server | undefined;
  let lastFailure = '';

  const open = () => {
    const opened = net.createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMilliseconds,
    });
    server = opened;
    opened.on('connection', events.connection);
    opened.once('listening', () => {
      lastFailure = '';
      const bound = opened.address();
      events.listening(typeof bound === 'object' && bound ? bound.port : port);
    });
    opened.on('error', (error: NodeJS.ErrnoException) => {
      // No descriptor was left for a connection: the next one finds the listener there.
      if (closed || opened.listening) return;
      const { reason, message } = describe(error, address, port);
      // Told once for each cause, not once for each try.
      if (lastFailure !== reason) events.failed(reason, message);
      lastFailure = reason;
      opened.close();
      retry = setTimeout(open, retryMilliseconds);
    });
    opened.listen({ host: address, port, exclusive: true, backlog, ipv6Only: address.includes(':') });
  };
  open();

  return {
    close: () =>
      new Promise((resolve) => {
        closed = true;
        clearTimeout(retry);
        if (server?.listening) server.close(() => resolve());
        else resolve();
        // A server waits for its connections before it calls back; those are the sessions' business.
        setImmediate(resolve);
      }),
  };
}

function describe(
  error: NodeJS.ErrnoException,
  address: string,
  port: number,
): { reason: RelayFailureReason; message: string } {
  const place = `${address} port ${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        reason: 'address-in-use',
        message: `${place} is used by another program. Close it, or choose another port for this relay. Postern keeps trying.`,
      };
    case 'EACCES':
      return {
        reason: 'permission-denied',
        message: `The system does not permit Postern to listen on ${place}. Choose a port of 1024 or above. Postern keeps trying.`,
      };
    case 'EADDRNOTAVAIL':
      return {
        reason: 'address-not-available',
        message: `This computer has no address ${address}. Choose 127.0.0.1, or turn that address on. Postern keeps trying.`,
      };
    default:
      return {
        reason: 'listen-failed',
        message: `Listening on ${place} failed (${error.code ?? 'unknown error'}). Postern keeps trying.`,
      };
  }
}
