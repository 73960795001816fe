import net from 'node:net';
import type { Protocol } from '../contract/index.ts';

/** Where one of our listeners is. */
export interface ListenerPlace {
  address: string;
  port: number;
}

export type HeardGreeting = { kind: 'welcome' } | { kind: 'refused' | 'unreachable'; message: string };

const welcomes: Record<Protocol, RegExp> = {
  smtp: /^220/,
  imap: /^\* (?:OK|PREAUTH)/i,
  pop3: /^\+OK/i,
  nntp: /^20[01]/,
};
const farewells: Record<Protocol, string> = {
  smtp: 'QUIT\r\n',
  imap: 'a LOGOUT\r\n',
  pop3: 'QUIT\r\n',
  nntp: 'QUIT\r\n',
};

/** Longer than any deadline that the configuration allows, certificate question included. */
const patienceMilliseconds = 15 * 60_000;

/**
 * Connects to one of our own listeners in plaintext, reads the greeting and quits.
 *
 * @param connected is called as soon as the connection is open
 */
export function hearGreeting(protocol: Protocol, place: ListenerPlace, connected: () => void): Promise<HeardGreeting> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: place.address, port: place.port }, connected);
    let heard = '';
    let answered = false;
    const answer = (greeting: HeardGreeting) => {
      answered = true;
      resolve(greeting);
    };
    socket.setEncoding('latin1');
    socket.setTimeout(patienceMilliseconds, () => socket.destroy());
    socket.on('data', (chunk: string) => {
      if (answered) return;
      heard += chunk;
      if (!heard.includes('\n')) return;
      if (welcomes[protocol].test(heard)) answer({ kind: 'welcome' });
      else answer({ kind: 'refused', message: heard.split('\r\n', 1)[0] ?? '' });
      socket.end(farewells[protocol]);
    });
    socket.on('error', () => {
      if (!answered)
        answer({ kind: 'unreachable', message: `Nothing answers on ${place.address} port ${place.port}.` });
    });
    socket.on('close', () => {
      if (!answered) answer({ kind: 'refused', message: 'The connection was closed without a word.' });
    });
  });
}
