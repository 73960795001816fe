// A submission server over implicit TLS, for a network namespace of its own: accepts every message of `user`.
// Arguments: the certificate file, the key file and the password. A message whose subject asks for it is answered with
// a rate limit. Writes lines of JSON: its port, and then each connection and each message.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

const [certificate = '', key = '', password = ''] = process.argv.slice(2);
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const server = new SMTPServer({
  secure: true,
  cert: readFileSync(certificate),
  key: readFileSync(key),
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
      say({ message: message.toString('base64') });
      // In Microsoft 365's words.
      const limit = Object.assign(new Error('4.3.2 Concurrent connections limit exceeded.'), { responseCode: 432 });
      answer(message.includes('Subject: too often') ? limit : null);
    });
  },
});
server.on('error', () => undefined);
server.server.on('connection', () => say({ connected: true }));
server.listen(0, '127.0.0.1', () => say({ port: (server.server.address() as AddressInfo).port }));
