// Devices that crowd a relay, for a network namespace of its own. Arguments: where to connect, as JSON with `host`, `port`
// and `user`, `password` to sign in with; and the addresses of two devices. Obeys lines of JSON: `{"burst": n}` sends n
// messages at once from the first address, each over a connection of its own that ends without QUIT; `{"hold": n}` opens n
// connections from there and keeps them, and then sends a message from the second address; `{"close": true}` closes them.
// Answers each with a line of JSON: what the devices have heard.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [place = '{}', crowding, other] = process.argv.slice(2);
const { host, port, user, password } = JSON.parse(place) as {
  host: string;
  port: number;
  user: string;
  password: string;
};
const held: Socket[] = [];

const credentials = Buffer.from(`\0${user}\0${password}`).toString('base64');
const commands = [
  'EHLO crowd',
  `AUTH PLAIN ${credentials}`,
  'MAIL FROM:<a@example.org>',
  'RCPT TO:<b@example.org>',
  'DATA',
];
const letter = (subject: string) => `From: a@example.org\r\nSubject: ${subject}\r\n\r\n${subject}\r\n.\r\n`;

/** Resolves with all that has been heard, once it matches or the connection has ended. */
function heard(socket: Socket, enough: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (enough.test(text)) resolve(text);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

function open(from: string | undefined): Socket {
  return connect({ host, port, ...(from !== undefined && { localAddress: from }) });
}

/** Sends a message, reply by reply, and returns the last one. `leave` ends the connection. */
async function send(from: string | undefined, subject: string, leave: (socket: Socket) => void): Promise<string> {
  const socket = open(from);
  const says = [...commands.map((command) => `${command}\r\n`), letter(subject)];
  const all = heard(socket, /^354 [^\n]*\n(?:\d{3} [^\n]*\n)/m);
  let line = '';
  socket.on('data', (chunk) => {
    line += chunk;
    if (!/(?:^|\n)\d{3} [^\n]*\n$/.test(line)) return;
    line = '';
    const next = says.shift();
    if (next === undefined) leave(socket);
    else socket.write(next);
  });
  return (await all).split('\r\n').at(-2) ?? '';
}

/** Sends a message without waiting for a single reply. */
async function sendAtOnce(from: string | undefined, subject: string): Promise<string> {
  const socket = open(from);
  const all = heard(socket, /^221/m);
  socket.end([...commands, letter(subject)].join('\r\n'));
  return (await all).split('\r\n').at(-2) ?? '';
}

const ways = [
  (subject: string) => send(crowding, subject, (socket) => socket.end()),
  (subject: string) => send(crowding, subject, (socket) => socket.resetAndDestroy()),
  (subject: string) => sendAtOnce(crowding, subject),
];

const orders: { [order: string]: (count: number) => Promise<unknown> } = {
  burst: (count) =>
    Promise.all(Array.from({ length: count }, (_, index) => ways[index % ways.length]?.(`burst ${index}`))),
  async hold(count) {
    const greetings = Array.from({ length: count }, () => {
      const socket = open(crowding);
      held.push(socket);
      return heard(socket, /\n/);
    });
    const all = await Promise.all(greetings);
    return { greetings: all, other: await send(other, 'from the other one', (socket) => socket.end()) };
  },
  async close() {
    for (const socket of held.splice(0)) socket.destroy();
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  for (const [order, value] of Object.entries(JSON.parse(line) as { [order: string]: number })) {
    process.stdout.write(`${JSON.stringify(await orders[order]?.(value))}\n`);
  }
}
