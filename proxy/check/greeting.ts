import net from 'node:net';
import type { Protocol } from '../contract/index.ts';
import { ourName } from '../dialects/words.ts';
import { type LdapHead, readLdapHead, readResult } from '../protocols/ldap-message.ts';
import { code } from '../protocols/ldap-operations.ts';
import { rootEntrySearch, unbindRequest } from '../protocols/ldap-writer.ts';

/** Where one of our listeners is. */
export interface ListenerPlace {
  address: string;
  port: number;
}

export type HeardGreeting = { kind: 'welcome' } | { kind: 'refused' | 'unreachable'; message: string };

/** How a client of a protocol finds out whether it is accepted. Bytes are given as Latin-1. */
interface Manners {
  /** What it sends first, in a protocol without a greeting. */
  asks: string;
  /** The result, from what was received; null while that is too little. */
  heard(text: string): HeardGreeting | null;
  farewell: string;
}

const greeted = (welcome: RegExp, farewell: string): Manners => ({
  asks: '',
  heard(text) {
    if (!text.includes('\n')) return null;
    return welcome.test(text) ? { kind: 'welcome' } : { kind: 'refused', message: text.split('\r\n', 1)[0] ?? '' };
  },
  farewell,
});

const manners: Record<Protocol, Manners> = {
  smtp: greeted(/^220/, 'QUIT\r\n'),
  imap: greeted(/^\* (?:OK|PREAUTH)/i, 'a LOGOUT\r\n'),
  pop3: greeted(/^\+OK/i, 'QUIT\r\n'),
  nntp: greeted(/^20[01]/, 'QUIT\r\n'),
  // LDAP has no greeting. Any answer of the server's shows that it was reached, even a "no".
  ldap: {
    asks: rootEntrySearch(1, '1.1').toString('latin1'),
    heard(text) {
      const bytes = Buffer.from(text, 'latin1');
      const head = readLdapHead(bytes);
      if (head === 'malformed') return { kind: 'refused', message: 'The answer is not LDAP.' };
      if (head === 'incomplete' || bytes.length < head.end) return null;
      return ourRefusal(bytes, head) ?? { kind: 'welcome' };
    },
    farewell: unbindRequest(2).toString('latin1'),
  },
};

function ourRefusal(bytes: Buffer, head: LdapHead): HeardGreeting | null {
  const result = readResult(bytes, head);
  if (typeof result === 'string' || result.code !== code.unavailable) return null;
  const message = bytes.toString('utf8', result.diagnostic.start, result.diagnostic.end);
  return message.startsWith(ourName) ? { kind: 'refused', message } : null;
}

/** Longer than any deadline that the configuration allows, certificate question included. */
const patienceMilliseconds = 15 * 60_000;

/**
 * Connects to one of our own listeners in plaintext, finds out whether it is accepted, and quits.
 *
 * @param connected is called as soon as the connection is open
 */
export function hearGreeting(protocol: Protocol, place: ListenerPlace, connected: () => void): Promise<HeardGreeting> {
  return new Promise((resolve) => {
    const { asks, heard, farewell } = manners[protocol];
    const socket = net.connect({ host: place.address, port: place.port }, connected);
    let said = '';
    let answered = false;
    const answer = (greeting: HeardGreeting) => {
      answered = true;
      resolve(greeting);
    };
    socket.setEncoding('latin1');
    socket.setTimeout(patienceMilliseconds, () => socket.destroy());
    if (asks !== '') socket.write(asks, 'latin1');
    socket.on('data', (chunk: string) => {
      if (answered) return;
      said += chunk;
      const greeting = heard(said);
      if (!greeting) return;
      answer(greeting);
      socket.end(farewell, 'latin1');
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
