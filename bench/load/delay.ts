// A slow line: carries TCP to a port, with every byte delayed. Started by fork().
import net from 'node:net';

export interface DelayOrder {
  port: number;
  /** Round-trip time, in milliseconds. */
  roundTrip: number;
}

/** Passes on what `from` sends, `milliseconds` later, in order. */
function later(from: net.Socket, to: net.Socket, milliseconds: number): void {
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), milliseconds));
  from.on('end', () => setTimeout(() => to.end(), milliseconds));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), 2 * milliseconds));
  from.resume();
}

process.on('message', ({ port, roundTrip }: DelayOrder) => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    near.pause();
    near.on('error', () => {});
    // The kernel has already accepted the connection: make up for its round trip here.
    setTimeout(() => {
      const far = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
      later(near, far, roundTrip / 2);
      later(far, near, roundTrip / 2);
    }, roundTrip);
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
    process.send?.({ port: (server.address() as net.AddressInfo).port });
  });
});
process.once('disconnect', () => process.exit());
