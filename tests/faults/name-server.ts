import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { atEnd } from '../support/clean-up.ts';

/** How the name server answers from now on (RFC 1035 §4.1.1). */
export type Mood = 'answers' | 'knows-nothing' | 'fails' | 'refuses' | 'silent' | 'talks-nonsense';

export interface NameServer {
  mood: Mood;
  /** Questions received so far. */
  asked: number;
}

const codes = { answers: 0, 'knows-nothing': 3, fails: 2, refuses: 5 } as const;

/** A name server on port 53 of a loopback address, which answers 127.0.0.1 for every name. */
export async function startNameServer(address: string): Promise<NameServer> {
  const server: NameServer = { mood: 'answers', asked: 0 };
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address: from }) => {
    server.asked += 1;
    if (server.mood === 'silent') return;
    if (server.mood === 'talks-nonsense') send(socket, Buffer.from('HTTP/1.1 400\r\n\r\n'), port, from);
    else send(socket, answerTo(question, codes[server.mood]), port, from);
  });
  socket.bind(53, address);
  await once(socket, 'listening');
  atEnd(() => socket.close());
  return server;
}

function send(socket: Socket, bytes: Buffer, port: number, address: string): void {
  socket.send(bytes, port, address, () => undefined);
}

function answerTo(question: Buffer, code: number): Buffer {
  // After the 12-byte header: the name, ended by an empty label, the type and the class.
  const nameEnd = question.indexOf(0, 12) + 1;
  const asked = question.subarray(12, nameEnd + 4);
  const wantsIpv4 = question.readUInt16BE(nameEnd) === 1;
  const answered = code === 0 && wantsIpv4;
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answered ? 1 : 0, 6);
  const record = Buffer.from('c00c000100010000000000047f000001', 'hex');
  return Buffer.concat([header, asked, ...(answered ? [record] : [])]);
}
