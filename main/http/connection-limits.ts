import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { localOwner } from '../../proxy/net/local-owner.ts';
import { unasked } from './unasked.ts';

export interface ConnectionLimits {
  /** How many connections at the same time. */
  places: number;
  /**
   * Which connections are accepted. `own`: those of the user that runs Postern; others are cut, and do not count.
   * `own-first`: others, too, with as many places of their own: a browser may run as another user than Postern. `any`:
   * all alike.
   */
  whose: 'own' | 'own-first' | 'any';
  /** Called for every connection that is cut. */
  turnedAway?: (why: keyof typeof unasked) => void;
}

/** Connections that share a number of places. */
interface Room {
  open: number;
  /** Those that have not sent a request, the oldest first. */
  readonly silent: Set<Socket>;
}

/**
 * Admission control for an HTTP server, which sees only accepted connections. Others are cut, with a message. A
 * connection that has not sent a request makes way for the next: any program can hold any number of them, and a web
 * page can make a browser do so.
 */
export function letIn(server: Server, { places, whose, turnedAway }: ConnectionLimits): void {
  const serve = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const own: Room = { open: 0, silent: new Set() };
  const others: Room = { open: 0, silent: new Set() };
  server.on('request', ({ socket }) => {
    own.silent.delete(socket);
    others.silent.delete(socket);
  });

  // Not 503, which says that Postern is starting (RFC 6585 §4).
  function turnAway(socket: Socket, why: keyof typeof unasked): void {
    turnedAway?.(why);
    cut(socket, why === 'too-many' ? '429 Too Many Requests' : '403 Forbidden', unasked[why]);
  }

  function admit(socket: Socket, room: Room): void {
    if (room.open >= places) {
      const [oldest] = room.silent;
      turnAway(oldest ?? socket, 'too-many');
      if (!oldest) return;
      room.silent.delete(oldest);
    }
    room.open += 1;
    room.silent.add(socket);
    socket.once('close', () => {
      room.open -= 1;
      room.silent.delete(socket);
    });
    for (const listener of serve) listener.call(server, socket);
  }

  async function screen(socket: Socket): Promise<void> {
    const owner = whose === 'any' ? null : await localOwner(socket);
    if (owner?.kind === 'gone') return void socket.destroy();
    const isOther = owner?.kind === 'other-user' || owner?.kind === 'unreadable';
    if (isOther && whose === 'own') return turnAway(socket, owner.kind);
    admit(socket, isOther ? others : own);
  }

  server.on('connection', (socket) => {
    socket.on('error', () => {
      // It has left, or was cut: 'close' follows.
    });
    screen(socket).catch(() => socket.destroy());
  });
}

/** Sends one message and closes, without reading or waiting. */
export function cut(socket: Socket, status: string, sentence: string): void {
  const head = [
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${sentence.length + 1}`,
  ];
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${sentence}\n`);
  socket.destroySoon();
}
