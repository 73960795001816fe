import { once } from 'node:events';
import net from 'node:net';
import type { ListenAddress } from '../contract/index.ts';
import { type Listener, type ListenerEvents, listenerOptions } from './listener.ts';

/** A listening socket that the system opened for Postern, and that exists before and after it. */
export interface HandedSocket {
  /** Where it listens; null if it is not a TCP socket. */
  readonly place: ListenAddress | null;
  /** Takes its connections from now on, those that came meanwhile first. The listener's `close` only lets go of it. */
  attach(events: ListenerEvents): Listener;
}

/**
 * Sockets from a service manager (sd_listen_fds(3)), by the name of their relay. Node cannot duplicate a descriptor,
 * and closes it with its server, so a server stays for as long as a relay of this name may return.
 */
export interface HandedSockets {
  /** The names, each once. */
  readonly names: readonly string[];
  of(relay: string): readonly HandedSocket[];
  /** Closes those that no relay has taken. */
  closeUnattached(): void;
  /** Closes all of them at once: new connections wait in the system for the next Postern. */
  close(): void;
}

/** How many connections are kept for a relay that is about to start, while a configuration is being replaced. */
const maxWaiting = 4096;

/**
 * @param handed descriptors with the names under which they were handed over
 * @throws the system's error when a descriptor is not a listening socket
 */
export async function openHandedSockets(handed: readonly { name: string; fd: number }[]): Promise<HandedSockets> {
  const open = new Map<string, Opened[]>();
  for (const { name, fd } of handed) open.set(name, [...(open.get(name) ?? []), await openOne(fd)]);
  const every = () => [...open.values()].flat();
  return {
    names: [...open.keys()],
    of: (relay) => open.get(relay) ?? [],
    closeUnattached() {
      for (const [name, sockets] of open) {
        for (const socket of sockets) if (!socket.attached) socket.close();
        open.set(
          name,
          sockets.filter(({ attached }) => attached),
        );
      }
    },
    close() {
      for (const socket of every()) socket.close();
      open.clear();
    },
  };
}

interface Opened extends HandedSocket {
  readonly attached: boolean;
  close(): void;
}

async function openOne(fd: number): Promise<Opened> {
  const server = net.createServer(listenerOptions);
  let waiting: net.Socket[] = [];
  let events: ListenerEvents | null = null;
  server.on('connection', (socket) => {
    if (events) return events.connection(socket);
    if (waiting.length >= maxWaiting) return void socket.destroy();
    // If the client leaves meanwhile, the new owner notices.
    socket.on('error', () => undefined);
    waiting.push(socket);
  });
  server.listen({ fd });
  await once(server, 'listening');
  // No descriptor was left for a connection: the next one still finds the listener.
  server.on('error', () => undefined);
  const bound = server.address();
  const place = bound && typeof bound === 'object' ? { address: bound.address, port: bound.port } : null;
  return {
    place,
    get attached() {
      return events !== null;
    },
    attach(next) {
      events = next;
      next.listening(place?.port ?? 0);
      for (const socket of waiting.splice(0)) next.connection(socket);
      return {
        async close() {
          if (events === next) events = null;
        },
      };
    },
    close() {
      events = null;
      for (const socket of waiting) socket.destroy();
      waiting = [];
      server.close();
    },
  };
}
