import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd } from './clean-up.ts';

/** What a box on the path does with a ClientHello that is larger than one packet. */
export type WithLargeHello = 'pass' | 'swallow' | 'second-packet' | 'reset' | 'end' | 'alert' | { hold: Promise<void> };

/** What fits into one Ethernet packet, with room for the headers of tunnels. */
const onePacket = 1_300;

/** A box between Postern and a server: it passes on everything it receives, except large ClientHellos. */
export interface HelloBox {
  port: number;
  /** The size of every ClientHello received, in bytes. */
  hellos: number[];
  /** Resolves when this many have arrived. */
  came(count: number): Promise<void>;
}

export async function startHelloBox(
  serverPort: number,
  withLarge: WithLargeHello,
  withSmall: 'pass' | 'swallow' = 'pass',
): Promise<HelloBox> {
  const hellos: number[] = [];
  const waiting = new Set<() => void>();
  const server = createServer({ noDelay: true }, (client) => {
    const behind = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, behind]) {
      socket.on('error', () => {});
      atEnd(() => socket.destroy());
    }
    client.on('close', () => behind.destroy());
    behind.on('close', () => client.destroy());
    behind.on('data', (data) => client.write(data));
    let hello: Buffer | null = null;
    client.on('data', (data) => {
      // Before TLS a mail program sends text, which cannot be mistaken for a handshake record.
      if (hello === null && data[0] !== 0x16) return void behind.write(data);
      const first = hello === null || hello.length < 5 + hello.readUInt16BE(3);
      hello = Buffer.concat([hello ?? Buffer.alloc(0), data]);
      if (!first) return void behind.write(data);
      const size = 5 + hello.readUInt16BE(3);
      if (hello.length < size) return;
      hellos.push(size);
      for (const wake of waiting) wake();
      void handle(hello, size, client, behind);
    });
  });
  async function handle(hello: Buffer, size: number, client: Socket, behind: Socket): Promise<void> {
    if (size <= onePacket ? withSmall === 'pass' : withLarge === 'pass') behind.write(hello);
    else if (size <= onePacket) return;
    else if (withLarge === 'second-packet') behind.write(hello.subarray(0, onePacket));
    else if (withLarge === 'reset') client.resetAndDestroy();
    else if (withLarge === 'end') client.end();
    else if (withLarge === 'alert') client.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]));
    else if (typeof withLarge === 'object') {
      await withLarge.hold;
      behind.write(hello);
    }
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    hellos,
    async came(count) {
      while (hellos.length < count) {
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
  };
}
