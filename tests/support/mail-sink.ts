// A submission server over implicit TLS, for a network namespace of its own: accepts every message of `user`, and gives
// them back by POP3. Arguments: the certificate file, the key file and the password. A message whose subject asks for it
// is answered with a rate limit. Writes lines of JSON: its two ports, and then each connection and each message.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createServer, type TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';

const [certificate = '', key = '', password = ''] = process.argv.slice(2);
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
const messages: Buffer[] = [];
const server = new SMTPServer({
  secure: true,
  ...identity,
  authMethods: ['PLAIN', 'LOGIN'],
  size: 100_000,
  disableReverseLookup: true,
  onAuth({ username, password: given }, _session, answer) {
    answer(username === 'user' && given === password ? null : new Error('wrong'), { user: username });
  },
  onData(stream, _session, answer) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const message = Buffer.concat(chunks);
      messages.push(message);
      say({ message: message.toString('base64') });
      // In Microsoft 365's words.
      const limit = Object.assign(new Error('4.3.2 Concurrent connections limit exceeded.'), { responseCode: 432 });
      answer(message.includes('Subject: too often') ? limit : null);
    });
  },
});
server.on('error', () => undefined);
server.server.on('connection', () => say({ connected: true }));

/** One maildrop for `user` (RFC 1939). */
async function giveBack(socket: TLSSocket): Promise<void> {
  socket.on('error', () => undefined);
  const stuffed = (message: Buffer) => message.toString('latin1').replace(/^\./gm, '..');
  const list = () => messages.map(({ length }, index) => `${index + 1} ${length}\r\n`).join('');
  let user = '';
  let signedIn = false;
  socket.write('+OK ready\r\n');
  for await (const line of createInterface({ input: socket })) {
    const [verb = '', argument = ''] = line.split(' ');
    const message = signedIn ? messages[Number(argument) - 1] : undefined;
    if (verb === 'QUIT') socket.end('+OK bye\r\n');
    else if (verb === 'CAPA') socket.write('+OK\r\nUSER\r\n.\r\n');
    else if (verb === 'USER') {
      user = argument;
      socket.write('+OK\r\n');
    } else if (verb === 'PASS') {
      signedIn = user === 'user' && argument === password;
      socket.write(signedIn ? '+OK\r\n' : '-ERR wrong\r\n');
    } else if (verb === 'LIST' && signedIn) socket.write(`+OK\r\n${list()}.\r\n`);
    else if (verb === 'RETR' && message) socket.write(`+OK\r\n${stuffed(message)}.\r\n`, 'latin1');
    else socket.write('-ERR no\r\n');
  }
}
const maildrop = createServer(identity, (socket) => void giveBack(socket));
maildrop.listen(0, '127.0.0.1');
server.listen(0, '127.0.0.1');
await Promise.all([once(maildrop, 'listening'), once(server.server, 'listening')]);
say({ port: (server.server.address() as AddressInfo).port, pop3: (maildrop.address() as AddressInfo).port });
