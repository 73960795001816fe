// A POP3 server in a network namespace of its own, with two more commands: `DOWN n` sends n bytes, `UP n` receives n
// bytes and answers with their hash. Arguments: the address, the certificate file and the key file. Writes its ports as
// JSON. The word `drop` on standard input makes it forget every connection, `status` asks for their number.
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { createSecureContext, TLSSocket } from 'node:tls';
import { hashOf, pattern } from './pattern.ts';

const [host = '', certificate = '', key = ''] = process.argv.slice(2);
const secureContext = createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) });
const sockets = new Set<Socket>();

/** Calls back with each line, or, as long as `take` asks for them, with bytes. */
function converse(socket: Socket, greeting: string, hear: (line: string) => void): { take(count: number): void } {
  let unread = Buffer.alloc(0);
  let wanted = 0;
  const go = () => {
    for (;;) {
      if (wanted > 0) {
        if (unread.length < wanted) return;
        socket.write(`+OK ${hashOf(unread.subarray(0, wanted))}\r\n`);
        unread = unread.subarray(wanted);
        wanted = 0;
      }
      const end = unread.indexOf('\r\n');
      if (end === -1) return;
      const line = unread.toString('latin1', 0, end);
      unread = unread.subarray(end + 2);
      hear(line);
    }
  };
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (wanted > 0 && unread.length + chunks.reduce((sum, { length }) => sum + length, 0) < wanted) return;
    unread = Buffer.concat([unread, ...chunks.splice(0)]);
    go();
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  if (greeting !== '') socket.write(greeting);
  return {
    take(count) {
      wanted = count;
    },
  };
}

function inside(raw: Socket, greeting: string): void {
  const socket = new TLSSocket(raw, { isServer: true, secureContext });
  const talk = converse(socket, greeting, (line) => {
    const [verb, count] = line.split(' ');
    if (verb === 'DOWN') socket.write(pattern(Number(count)));
    else if (verb === 'UP') talk.take(Number(count));
    else if (verb === 'CAPA') socket.write('+OK\r\nUSER\r\n.\r\n');
    else if (verb === 'QUIT') socket.end('+OK bye\r\n');
    else socket.write('+OK\r\n');
  });
}

function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  return new Promise((resolve) => {
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}

const implicit = await listen((socket) => inside(socket, '+OK hello\r\n'));
const starttls = await listen((socket) => {
  converse(socket, '+OK hello\r\n', (line) => {
    if (line === 'CAPA') socket.write('+OK\r\nSTLS\r\n.\r\n');
    else if (line === 'STLS') {
      socket.removeAllListeners('data');
      socket.write('+OK\r\n', () => inside(socket, ''));
    } else socket.end('+OK\r\n');
  });
});
process.stdout.write(`${JSON.stringify({ implicit, starttls })}\n`);
createInterface({ input: process.stdin }).on('line', (word) => {
  if (word === 'drop') for (const socket of sockets) socket.resetAndDestroy();
  process.stdout.write(`${JSON.stringify({ open: sockets.size })}\n`);
});
