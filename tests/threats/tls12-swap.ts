import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd } from '../support/clean-up.ts';

/**
 * A man in the middle who shows another server's certificate: relays TCP and replaces the certificates in the server's
 * TLS 1.2 Certificate message, which is sent in plaintext (RFC 5246 §7.4.2), with `certificates` (DER). He does not
 * have the private key.
 */
export async function swapCertificate(port: number, certificates: readonly Buffer[]): Promise<{ port: number }> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ port, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        client.destroy();
        upstream.destroy();
        open.delete(socket);
      });
    }
    client.pipe(upstream);
    const rewrite = rewriter(certificates);
    upstream.on('data', (chunk: Buffer) => client.write(rewrite(chunk)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port };
}

const handshakeRecord = 22;
const certificateMessage = 11;

/**
 * Receives the server's bytes in chunks; every handshake message of the first flight goes out in a record of its own.
 */
function rewriter(certificates: readonly Buffer[]): (chunk: Buffer) => Buffer {
  let records = Buffer.alloc(0);
  let messages = Buffer.alloc(0);
  let swapped = false;
  return (chunk) => {
    if (swapped) return chunk;
    records = Buffer.concat([records, chunk]);
    const out: Buffer[] = [];
    while (!swapped && records.length >= 5 && records.length >= 5 + records.readUInt16BE(3)) {
      const record = records.subarray(0, 5 + records.readUInt16BE(3));
      records = records.subarray(record.length);
      if (record[0] !== handshakeRecord) {
        out.push(record);
        continue;
      }
      messages = Buffer.concat([messages, record.subarray(5)]);
      while (messages.length >= 4 && messages.length >= 4 + messages.readUIntBE(1, 3)) {
        const message = messages.subarray(0, 4 + messages.readUIntBE(1, 3));
        messages = messages.subarray(message.length);
        const mine: boolean = message[0] === certificateMessage && !swapped;
        swapped ||= mine;
        out.push(inRecord(mine ? certificateOf(certificates) : message));
      }
    }
    if (swapped) {
      if (messages.length > 0) out.push(inRecord(messages));
      out.push(records);
    }
    return Buffer.concat(out);
  };
}

function length24(length: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(length, 0, 3);
  return bytes;
}

function certificateOf(certificates: readonly Buffer[]): Buffer {
  const list = Buffer.concat(certificates.flatMap((der) => [length24(der.length), der]));
  return Buffer.concat([Buffer.from([certificateMessage]), length24(list.length + 3), length24(list.length), list]);
}

function inRecord(message: Buffer): Buffer {
  const head = Buffer.from([handshakeRecord, 3, 3, 0, 0]);
  head.writeUInt16BE(message.length, 3);
  return Buffer.concat([head, message]);
}
