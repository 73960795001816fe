// The bench's own server: just enough POP3, SMTP and NNTP to sign in, then as many bytes as the client asks for.
// Started by fork(): is given its certificate, reports its ports.
import net from 'node:net';
import tls from 'node:tls';
import { serveDirectory } from './directory.ts';

export interface ServerIdentity {
  certificate: string;
  key: string;
}

export interface ServerPorts {
  /** POP3 on implicit TLS. */
  pop3s: number;
  /** POP3 with STLS. */
  pop3: number;
  /** SMTP on implicit TLS. */
  smtps: number;
  /** NNTP on implicit TLS. */
  nntps: number;
  /** LDAP on implicit TLS. */
  ldaps: number;
  /** POP3 without TLS, to measure the load client alone. */
  plain: number;
}

const block = Buffer.alloc(256 * 1024, 'The quick brown fox jumps over the lazy dog. 0123456789 abcdefgh\r\n');
const highWaterMark = 1024 * 1024;

/** Sends `bytes` bytes, as fast as the other side accepts them. */
function pour(socket: net.Socket, bytes: number, done: () => void): void {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left >= block.length ? block : block.subarray(0, left);
      left -= piece.length;
      if (!socket.write(piece) && left > 0) {
        socket.once('drain', more);
        return;
      }
    }
    done();
  };
  more();
}

type Speaker = (socket: net.Socket, line: string) => void;

/** Reads lines until one asks for raw bytes, then counts those. */
function converse(socket: net.Socket, speak: Speaker): Conversation {
  const conversation: Conversation = { expected: 0, whenReceived: () => {}, inData: false };
  let rest = '';
  const take = (chunk: Buffer) => {
    if (conversation.expected > 0) {
      const taken = Math.min(conversation.expected, chunk.length);
      conversation.expected -= taken;
      if (conversation.expected === 0) conversation.whenReceived();
      if (taken < chunk.length) take(chunk.subarray(taken));
      return;
    }
    if (conversation.inData) {
      if (chunk.length >= 5) rest = chunk.toString('latin1', chunk.length - 5);
      else rest = (rest + chunk.toString('latin1')).slice(-5);
      if (rest.endsWith('\r\n.\r\n')) {
        conversation.inData = false;
        rest = '';
        socket.write('250 2.0.0 taken\r\n');
      }
      return;
    }
    const text = rest + chunk.toString('latin1');
    const end = text.indexOf('\r\n');
    if (end === -1) {
      rest = text;
      return;
    }
    const before = rest.length;
    rest = '';
    speak(socket, text.slice(0, end));
    if (end + 2 - before < chunk.length) take(chunk.subarray(end + 2 - before));
  };
  socket.on('data', take);
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  conversations.set(socket, conversation);
  return conversation;
}

interface Conversation {
  expected: number;
  whenReceived: () => void;
  inData: boolean;
}
const conversations = new WeakMap<net.Socket, Conversation>();

const pop3: Speaker = (socket, line) => {
  const [word = '', first = '', second = ''] = line.split(' ');
  const bytes = Number(first);
  const conversation = conversations.get(socket);
  if (!conversation) return;
  if (second !== '' && socket instanceof tls.TLSSocket) socket.setMaxSendFragment(Number(second));
  switch (word.toUpperCase()) {
    case 'CAPA':
      socket.write(`+OK\r\nUSER\r\n${socket instanceof tls.TLSSocket ? '' : 'STLS\r\n'}.\r\n`);
      return;
    case 'STLS':
      socket.removeAllListeners('data');
      // stunnel wants text after the status.
      socket.write('+OK begin TLS\r\n');
      secure(socket);
      return;
    case 'DOWN':
      pour(socket, bytes, () => {});
      return;
    case 'UP':
      conversation.expected = bytes;
      conversation.whenReceived = () => socket.write('+OK\r\n');
      return;
    case 'BOTH': {
      let open = 2;
      const half = () => {
        open -= 1;
        if (open === 0) socket.write('+OK\r\n');
      };
      conversation.expected = bytes;
      conversation.whenReceived = half;
      pour(socket, bytes, half);
      return;
    }
    default:
      socket.write('+OK\r\n');
  }
};

const smtp: Speaker = (socket, line) => {
  switch (line.split(' ')[0]?.toUpperCase()) {
    case 'EHLO':
      socket.write('250-load\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n');
      return;
    case 'AUTH':
      socket.write('235 2.7.0 welcome\r\n');
      return;
    case 'DATA': {
      const conversation = conversations.get(socket);
      if (conversation) conversation.inData = true;
      socket.write('354 go on\r\n');
      return;
    }
    default:
      socket.write('250 2.0.0 fine\r\n');
  }
};

/** Every article is the same one of 50 KB, as large as a message of the mailbox. */
const article = Buffer.from(
  `From: a@example.test\r\nNewsgroups: bench.load\r\nSubject: bench\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(640)}.\r\n`,
);

const nntp: Speaker = (socket, line) => {
  const [word = '', second = ''] = line.toUpperCase().split(' ');
  switch (word) {
    case 'CAPABILITIES':
      socket.write('101 list\r\nVERSION 2\r\nREADER\r\nAUTHINFO USER\r\n.\r\n');
      return;
    case 'AUTHINFO':
      socket.write(second === 'USER' ? '381 and?\r\n' : '281 welcome\r\n');
      return;
    case 'GROUP':
      socket.write('211 500 1 500 bench.load\r\n');
      return;
    case 'ARTICLE':
      socket.write(`220 ${second} <${second}@bench.load>\r\n`);
      socket.write(article);
      return;
    default:
      socket.write('205 bye\r\n');
  }
};

let context: tls.SecureContext;

function secure(socket: net.Socket): void {
  const inside = new tls.TLSSocket(socket, { isServer: true, secureContext: context });
  inside.on('error', () => inside.destroy());
  converse(inside, pop3);
}

function open(server: net.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
      resolve((server.address() as net.AddressInfo).port);
    });
  });
}

async function start({ certificate: cert, key }: ServerIdentity): Promise<ServerPorts> {
  context = tls.createSecureContext({ cert, key });
  const settings = { cert, key, noDelay: true, highWaterMark, allowHalfOpen: true } as tls.TlsOptions;
  const greeting = (speak: Speaker, words: string) => (socket: net.Socket) => {
    converse(socket, speak);
    socket.write(words);
  };
  return {
    pop3s: await open(tls.createServer(settings, greeting(pop3, '+OK ready\r\n'))),
    smtps: await open(tls.createServer(settings, greeting(smtp, '220 load ESMTP\r\n'))),
    ldaps: await open(tls.createServer(settings, serveDirectory)),
    nntps: await open(tls.createServer(settings, greeting(nntp, '200 load\r\n'))),
    pop3: await open(net.createServer({ noDelay: true }, greeting(pop3, '+OK ready\r\n'))),
    plain: await open(net.createServer({ noDelay: true, highWaterMark }, greeting(pop3, '+OK ready\r\n'))),
  };
}

process.once('message', (identity: ServerIdentity) => {
  void start(identity).then((ports) => process.send?.(ports));
});
process.once('disconnect', () => process.exit());
