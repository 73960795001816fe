import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd } from '../support/clean-up.ts';

/** What happens to a connection once `after` bytes have gone `down` (from the server) or `up` to it. */
export interface Fault {
  direction: 'down' | 'up';
  after: number;
  /** `stall`: both ends stay open and receive nothing more. */
  act: 'reset' | 'close' | 'stall';
}

/** A line between the product and a server that breaks on demand. */
export interface FaultyLine {
  port: number;
  /** The faults of the next connections, in order of arrival; without one the line works. */
  faults: Fault[];
  /** Bytes carried each way by connections that have ended. */
  carried: { down: number; up: number }[];
}

/** Relays TCP to 127.0.0.1, passing bytes on as they come. */
export async function openFaultyLine(port: number): Promise<FaultyLine> {
  const sockets = new Set<Socket>();
  const line: FaultyLine = { port: 0, faults: [], carried: [] };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const fault = line.faults.shift();
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const carried = { down: 0, up: 0 };
    let over = false;
    const destroy = () => {
      near.destroy();
      far.destroy();
    };
    const breakOff = () => {
      over = true;
      if (fault?.act === 'reset') {
        near.resetAndDestroy();
        far.resetAndDestroy();
      } else if (fault?.act === 'close') {
        near.end();
        far.end();
        // Whatever still arrives is dropped, as by a machine that is shutting down.
        near.resume();
        far.resume();
        near.once('end', destroy);
      }
      // A stalled line is still read, so that the product's FIN is noticed, but passes nothing on.
      if (fault?.act === 'stall') near.once('end', destroy);
    };
    const carry = (from: Socket, to: Socket, direction: Fault['direction']) => {
      from.on('data', (chunk: Buffer) => {
        if (over) return;
        const left = fault?.direction === direction ? fault.after - carried[direction] : Number.POSITIVE_INFINITY;
        const piece = chunk.subarray(0, Math.min(chunk.length, left));
        carried[direction] += piece.length;
        if (piece.length > 0) to.write(piece);
        if (piece.length === left) breakOff();
      });
      from.on('end', () => {
        if (!over) to.end();
      });
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', destroy);
      socket.once('close', () => {
        sockets.delete(socket);
        if (socket === near) line.carried.push(carried);
        destroy();
      });
    }
    if (fault?.after === 0) breakOff();
    carry(near, far, 'up');
    carry(far, near, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line.port = (server.address() as AddressInfo).port;
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return line;
}
