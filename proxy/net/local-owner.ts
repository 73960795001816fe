import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Who holds the other end of a loopback connection. */
export type LocalOwner = { kind: 'own-user' } | { kind: 'other-user'; uid: number } | { kind: 'unknown' };

/** Both ends of a TCP connection as the accepting side sees them. */
export interface ConnectionEnds {
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

/**
 * Finds the user of the local program at the other end. Linux tells in `/proc/net/tcp` and `tcp6` (proc_pid_net(5));
 * elsewhere the answer is `unknown`.
 */
export async function localOwner(ends: ConnectionEnds, ownUid: number | undefined): Promise<LocalOwner> {
  if (process.platform !== 'linux' || ownUid === undefined) return { kind: 'unknown' };
  const table = ends.remoteAddress.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp';
  // Whoever asks has more urgent things to start first, such as the dial: its round trip hides the reading.
  await nextTurn();
  try {
    const uid = await scan(table, ends);
    if (uid === null) return { kind: 'unknown' };
    return uid === ownUid ? { kind: 'own-user' } : { kind: 'other-user', uid };
  } catch {
    return { kind: 'unknown' };
  }
}

/** The kernel hands out a page of its table at a time. All scans share the place where it lands. */
const page = Buffer.allocUnsafeSlow(64 * 1024);

/** About a millisecond of reading; then others have their turn. */
const pagesInARow = 64;

/**
 * Reads the table only as far as it must. It is read in this thread: a way to a worker thread and back costs more than a
 * page does, and a table of many sockets has hundreds.
 */
async function scan(table: string, ends: ConnectionEnds): Promise<number | null> {
  const file = openSync(table, 'r');
  try {
    let text = '';
    for (let pages = 1; ; pages += 1) {
      const length = readSync(file, page);
      if (length === 0) return null;
      text += page.toString('latin1', 0, length);
      const uid = findOwner(text, ends);
      if (uid !== null) return uid;
      text = text.slice(text.lastIndexOf('\n') + 1);
      if (pages % pagesInARow === 0) await nextTurn();
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Looks up the socket whose own end is our remote end.
 *
 * @param table text of `/proc/net/tcp` or `tcp6`; a last line that is not whole does not count
 * @returns the user id, or null when no program holds such a socket
 */
export function findOwner(table: string, ends: ConnectionEnds): number | null {
  const theirs = procEnd(ends.remoteAddress, ends.remotePort);
  const ours = procEnd(ends.localAddress, ends.localPort);
  if (!theirs || !ours) return null;
  const at = table.indexOf(` ${theirs} ${ours} `);
  if (at === -1) return null;
  const lineEnd = table.indexOf('\n', at);
  if (lineEnd === -1) return null;
  // After both ends: state, queues, timer, retransmits, uid, timeout, inode.
  const fields = table.slice(at, lineEnd).trim().split(/\s+/);
  const uid = Number(fields[6]);
  // A socket without an inode has no program any more, and its user id says nothing.
  return fields[8] === '0' || !Number.isInteger(uid) ? null : uid;
}

/** An end as the kernel prints it: 32-bit words in this machine's byte order, in hexadecimal. */
function procEnd(address: string, port: number): string | null {
  const bytes = addressBytes(address);
  if (!bytes) return null;
  let hex = '';
  for (let word = 0; word < bytes.length; word += 4) {
    hex += bytes.readUInt32LE(word).toString(16).toUpperCase().padStart(8, '0');
  }
  return `${hex}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function addressBytes(address: string): Buffer | null {
  if (address === '::1') return Buffer.from([...new Array(15).fill(0), 1]);
  const octets = address.split('.').map(Number);
  return octets.length === 4 && octets.every((octet) => Number.isInteger(octet) && octet >= 0 && octet <= 255)
    ? Buffer.from(octets)
    : null;
}
