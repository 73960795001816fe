import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { maxMessageBytes } from './mailbox.ts';
import type { PracticeMail, RunningServer } from './server.ts';
import { mailDate } from './welcome.ts';

/** An error that `smtp-server` passes on to the mail program with this code. */
function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** The sending side: SMTP with STARTTLS (RFC 3207). What is sent, to whomever, arrives in the one mailbox. */
export async function startSmtp({ serverName, identity, mailbox, isSignIn }: PracticeMail): Promise<RunningServer> {
  const server = new SMTPServer({
    name: serverName,
    banner: 'Postern practice server',
    ...identity,
    minVersion: 'TLSv1.2',
    size: maxMessageBytes,
    maxClients: 50,
    authMethods: ['PLAIN', 'LOGIN'],
    disableReverseLookup: true,
    closeTimeout: 500,
    logger: false,
    onAuth({ username, password }, _session, callback) {
      if (isSignIn(username ?? '', password ?? '')) {
        return callback(null, { user: username });
      }
      callback(answer(535, '5.7.8 That is not the user name and password of the practice account'));
    },
    onData(stream, { hostNameAppearsAs, id }, callback) {
      const chunks: Buffer[] = [];
      let kept = 0;
      stream.on('data', (chunk: Buffer) => {
        kept += chunk.length;
        if (kept <= maxMessageBytes) chunks.push(chunk);
      });
      stream.on('error', () => callback(answer(451, '4.3.0 The message broke off')));
      stream.on('end', () => {
        if (stream.sizeExceeded || kept > maxMessageBytes) {
          return callback(answer(552, '5.3.4 The practice account takes messages of up to 10 MB'));
        }
        // RFC 5321 §4.4. The name is whatever the mail program says: nothing but a host name may come of it.
        const from = String(hostNameAppearsAs).replace(/[^A-Za-z0-9.:[\]-]/g, '') || 'unknown';
        const trace = `Received: from ${from} by ${serverName} with ESMTPSA id ${id};\r\n\t${mailDate(new Date())}\r\n`;
        const message = mailbox.add('INBOX', Buffer.concat([Buffer.from(trace), ...chunks]));
        if (message) return callback(null, 'It is in the practice mailbox');
        callback(answer(452, '4.2.2 The practice mailbox is full: delete something'));
      });
    },
  });
  // A mail program that breaks off is no fault of this server; each connection ends on its own.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
