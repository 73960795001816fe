// The least that a relay on Node can be: TLS on Node's own socket, records read into one buffer and gathered in slabs,
// no sign-in, no judgement of ours, and no distinction between a cut connection and a finished one. Postern is compared
// with it to show Node's and the kernel's share. Started by fork(): is told where to connect, reports its ports.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

export interface BareOrder {
  port: number;
  /** PEM. */
  authority: string;
}

export interface BarePorts {
  port: number;
  /** Here TLS is put on a connection that stands already, as after STARTTLS: Node then ignores `onread`. */
  existing: number;
}

const slabBytes = 128 * 1024;
const recordBytes = 16 * 1024;
const landing = Buffer.allocUnsafeSlow(recordBytes);
const free: Buffer[] = [];

/** @param existing whether TLS is put on a connection that stands already */
function carry(client: net.Socket, port: number, secureContext: tls.SecureContext, existing: boolean): void {
  let slab: Buffer | null = null;
  let gathered = 0;
  let turnEnds = false;
  const flush = () => {
    const full = slab;
    if (!full) return;
    client.write(full.subarray(0, gathered), () => free.push(full));
    slab = null;
    gathered = 0;
  };
  const endOfTurn = () => {
    turnEnds = false;
    flush();
    if (!client.writableNeedDrain) return;
    server.pause();
    client.once('drain', () => server.resume());
  };
  const gather = (record: Buffer, length: number) => {
    slab ??= free.pop() ?? Buffer.allocUnsafeSlow(slabBytes);
    record.copy(slab, gathered, 0, length);
    gathered += length;
    if (gathered + recordBytes > slabBytes) flush();
    if (turnEnds) return true;
    turnEnds = true;
    setImmediate(endOfTurn);
    return true;
  };
  const place = { host: '127.0.0.1', port, noDelay: true };
  const options = { secureContext, servername: 'localhost', highWaterMark: 1024 * 1024 };
  const onread = { buffer: landing, callback: (length: number) => gather(landing, length) };
  const dialled = { ...options, ...place, onread };
  const server = tls.connect(existing ? { ...options, socket: net.connect(place) } : dialled);
  if (existing) server.on('data', (record) => gather(record, record.length));
  client.on('data', (chunk) => {
    if (server.write(chunk)) return;
    client.pause();
    server.once('drain', () => client.resume());
  });
  client.on('end', () => server.end());
  server.on('end', () => {
    flush();
    client.end();
  });
  for (const [side, other] of [
    [client, server],
    [server, client],
  ] as const) {
    side.on('error', () => other.destroy());
    side.on('close', () => other.destroy());
  }
}

async function listen({ port, authority }: BareOrder, existing: boolean): Promise<number> {
  const secureContext = tls.createSecureContext({ ca: authority });
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: 256 * 1024 }, (client) =>
    carry(client, port, secureContext, existing),
  );
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

process.once('message', async (order: BareOrder) => {
  const ports: BarePorts = { port: await listen(order, false), existing: await listen(order, true) };
  process.send?.(ports);
});
process.once('disconnect', () => process.exit());
