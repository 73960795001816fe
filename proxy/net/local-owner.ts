import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { createSocketTables, type SocketTables } from './socket-table.ts';

/**
 * The owner of the other end of a loopback connection. `inode` is that of its socket, as in the descriptors of
 * processes. `gone`: the socket has been closed, so its owner is unknown. `unreadable`: the system lists owners, but
 * the list could not be read now. `unknown`: this system does not list them.
 */
export type LocalOwner =
  | { kind: 'own-user'; inode: string }
  | { kind: 'other-user'; uid: number }
  | { kind: 'gone' }
  | { kind: 'unreadable' }
  | { kind: 'unknown' };

/** Both ends of a TCP connection as the accepting side sees them: what a `Socket` says about itself. */
export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** A list that changes while it is read may lack a socket that was there all along: it is read again. */
const readings = 3;

/** One for the process: all pending requests share a reading. */
const kernelTables = createSocketTables();

/**
 * Finds the user of the local program at the other end. Linux has it in its socket lists; elsewhere the answer is
 * `unknown`.
 *
 * @param ownUid this process's user
 * @param tables the kernel's lists by default
 */
export async function localOwner(
  ends: ConnectionEnds,
  ownUid: number | undefined = process.getuid?.(),
  tables: SocketTables = kernelTables,
): Promise<LocalOwner> {
  if (process.platform !== 'linux' || ownUid === undefined) return { kind: 'unknown' };
  const places = placesOf(ends);
  // A socket that has closed by the time we look no longer has ends.
  if (places.length === 0) return { kind: 'gone' };
  try {
    for (let reading = 1; reading <= readings; reading += 1) {
      for (const { table, key } of places) {
        const line = await tables.find(table, key);
        if (line === null) continue;
        const [, , , , uid, , inode] = line;
        // A socket without an inode no longer belongs to a program, and its user id means nothing.
        if (inode === '0') return { kind: 'gone' };
        if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(inode ?? '')) return { kind: 'unreadable' };
        if (Number(uid) !== ownUid) return { kind: 'other-user', uid: Number(uid) };
        return standsForOthers(ownUid) ? { kind: 'unreadable' } : { kind: 'own-user', inode: inode ?? '' };
      }
    }
    return { kind: 'gone' };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** As many user ids as there are: a user namespace that has all of them is like none. */
const allIds = 0xffff_ffff;

/**
 * In a user namespace, the kernel shows everyone who has no number there under one that stands for all of them
 * (user_namespaces(7), `overflowuid`): a process with that user id cannot tell its own user's programs from theirs.
 */
function standsForOthers(ownUid: number): boolean {
  if (ownUid !== Number(readFileSync('/proc/sys/kernel/overflowuid', 'latin1'))) return false;
  const map = readFileSync('/proc/self/uid_map', 'latin1').trim().split('\n');
  return map.reduce((sum, range) => sum + Number(range.trim().split(/\s+/)[2]), 0) < allIds;
}

/** The lists that the program's socket may be in, and how its line begins there. */
function placesOf({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds) {
  const theirs = addressBytes(remoteAddress ?? '');
  const ours = addressBytes(localAddress ?? '');
  if (!theirs || !ours || !remotePort || !localPort) return [];
  const key = (form: (bytes: Buffer) => Buffer) =>
    `${procEnd(form(theirs), remotePort)} ${procEnd(form(ours), localPort)}`;
  const six = { table: '/proc/net/tcp6', key: key(mapped) };
  // A program may reach 127.0.0.1 over an IPv6 socket (RFC 4291 §2.5.5.2), as Java and .NET programs do.
  return theirs.length === 4 ? [{ table: '/proc/net/tcp', key: key((bytes) => bytes) }, six] : [six];
}

function mapped(bytes: Buffer): Buffer {
  return bytes.length === 4 ? Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), bytes]) : bytes;
}

/** An end as the kernel prints it: 32-bit words in this machine's byte order, in hexadecimal. */
function procEnd(bytes: Buffer, port: number): string {
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    const value = endianness() === 'LE' ? bytes.readUInt32LE(word) : bytes.readUInt32BE(word);
    hex += value.toString(16).toUpperCase().padStart(8, '0');
  }
  return `${hex}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function addressBytes(address: string): Buffer | null {
  if (address === '::1') return Buffer.from([...new Array(15).fill(0), 1]);
  const octets = address
    .replace(/^::ffff:/i, '')
    .split('.')
    .map(Number);
  return octets.length === 4 && octets.every((octet) => Number.isInteger(octet) && octet >= 0 && octet <= 255)
    ? Buffer.from(octets)
    : null;
}
