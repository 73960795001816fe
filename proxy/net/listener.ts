import net from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ListenAddress, RelayFailureReason } from '../contract/index.ts';

/** Notifications of a listener to its owner. */
export interface ListenerEvents {
  listening(port: number): void;
  /** @param code the system's own code, such as `EADDRINUSE` */
  failed(reason: RelayFailureReason, code: string): void;
  connection(socket: net.Socket): void;
}

export interface Listener {
  /** Stops accepting. Accepted connections stay open. */
  close(): Promise<void>;
}

/** How a mail program's connection is accepted, no matter who opened the listening socket. */
export const listenerOptions: net.ServerOpts = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
};

/**
 * As many connections may wait to be accepted as Linux allows (net.core.somaxconn). A client that finds no room
 * believes that it is connected, receives nothing for minutes, and cannot be told why.
 */
const backlog = 4096;

/**
 * Listens on one address of this computer. When the port is not available, reports that and keeps trying until it is.
 *
 * @param retryMilliseconds how long to wait between tries
 */
export function listen({ address, port }: ListenAddress, events: ListenerEvents, retryMilliseconds = 5_000): Listener {
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let server: net.Server | undefined;
  let lastFailure = '';
  const zone = /%(.*)$/.exec(address)?.[1] ?? '';

  /**
   * An interface that goes and comes back, such as a dock's, has another number then: what listens by the old one hears
   * nothing any more, and is not told.
   */
  const follow = (opened: net.Server, number: number | undefined) => {
    retry = setTimeout(() => {
      const now = numberOf(zone);
      if (now === undefined || now === number) return follow(opened, number);
      opened.close();
      open();
    }, retryMilliseconds).unref();
  };

  const open = () => {
    const opened = net.createServer(listenerOptions);
    server = opened;
    opened.on('connection', events.connection);
    opened.once('listening', () => {
      lastFailure = '';
      if (zone !== '') follow(opened, numberOf(zone));
      const bound = opened.address();
      events.listening(typeof bound === 'object' && bound ? bound.port : port);
    });
    opened.on('error', (error: NodeJS.ErrnoException) => {
      // No descriptor was left for a connection: the next one still finds the listener.
      if (closed || opened.listening) return;
      const code = error.code ?? '';
      // A zone whose interface is absent, such as that of an unplugged cable, is an invalid argument to the system.
      const missingZone = code === 'EINVAL' && address.includes('%');
      const reason = missingZone ? 'address-not-available' : (reasons[code] ?? 'listen-failed');
      // Reported once per cause, not once per try.
      if (lastFailure !== reason) events.failed(reason, code);
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
        // Not awaited: a server calls back only after all its connections have ended, and those belong to sessions.
        setImmediate(resolve);
      }),
  };
}

/** The number of an interface, by which link-local addresses are told apart (RFC 4007 §6); undefined while it is away. */
function numberOf(zone: string): number | undefined {
  return networkInterfaces()[zone]?.find(({ scopeid }) => scopeid)?.scopeid;
}

const reasons: Record<string, RelayFailureReason> = {
  EADDRINUSE: 'address-in-use',
  EACCES: 'permission-denied',
  EADDRNOTAVAIL: 'address-not-available',
};
