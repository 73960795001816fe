import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Who holds the other end of a loopback connection. `gone`: nobody any more, so whose it was cannot be told. */
export type LocalOwner =
  | { kind: 'own-user' }
  | { kind: 'other-user'; uid: number }
  | { kind: 'gone' }
  | { kind: 'unknown' };

type Finding = { uid: number } | 'gone' | null;

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
  try {
    // What changes while the table is read may be missed: whoever is not in it is looked for again.
    const first = await scan(table, ends);
    const found = first === 'gone' ? await scan(table, ends) : first;
    if (found === null) return { kind: 'unknown' };
    if (found === 'gone') return { kind: 'gone' };
    const { uid } = found;
    return uid === ownUid ? { kind: 'own-user' } : { kind: 'other-user', uid };
  } catch {
    return { kind: 'unknown' };
  }
}

/** What the kernel hands out at a time is a page: 4 KiB, or more on other processors. */
const pageBytes = 64 * 1024;

/** Where pages land: what is read is taken out in the same turn. */
const page = Buffer.allocUnsafeSlow(pageBytes);

/** Some seven sockets. To fill a page where there are few, the kernel would walk through its whole table first. */
const stepBytes = 1024;

/** Some 400 sockets: more than an ordinary computer has. */
const steps = 64;

/** About a millisecond of reading; then others have their turn. */
const pagesInARow = 64;

/** Somebody who waits to hear about a connection. */
interface Inquiry {
  ends: ConnectionEnds;
  /** As a line of the table begins for the program's end, and for ours. */
  theirs: string;
  ours: string;
  answer(finding: Finding): void;
  fail(error: unknown): void;
}

/** Who waits for the next reading of a table. Without an entry none is under way. */
const waiting = new Map<string, Inquiry[]>();

/**
 * Asks the table about one connection. Inquiries that come while it is being read wait for the next reading, which
 * answers all of them: a flood of connections costs a few readings, not one for each.
 */
function scan(table: string, ends: ConnectionEnds): Promise<Finding> {
  return new Promise((answer, fail) => {
    const theirs = keyOf(ends);
    const ours = keyOf(mirrored(ends));
    if (theirs === null || ours === null) return answer(null);
    const inquiry: Inquiry = { ends, theirs, ours, answer, fail };
    const next = waiting.get(table);
    if (next) return void next.push(inquiry);
    waiting.set(table, [inquiry]);
    void answerAll(table);
  });
}

async function answerAll(table: string): Promise<void> {
  for (let inquiries = waiting.get(table); inquiries?.length; inquiries = waiting.get(table)) {
    waiting.set(table, []);
    try {
      await readTable(table, inquiries);
    } catch (error) {
      for (const inquiry of inquiries) inquiry.fail(error);
    }
  }
  waiting.delete(table);
}

/**
 * Reads the table only as far as it must. The kernel walks through all the places that a socket could have, which takes
 * milliseconds even where there are few: it is asked in small steps, between which the server is dialled, and stops at
 * the socket that is looked for. A table of thousands of sockets is read on by the page.
 *
 * In this thread: what a step costs is less than the way to a worker thread and back.
 */
async function readTable(table: string, inquiries: readonly Inquiry[]): Promise<void> {
  // Two may ask about the same ends: a port can be used again before the first has heard.
  const open = new Map<string, Inquiry[]>();
  for (const inquiry of inquiries) open.set(inquiry.theirs, [...(open.get(inquiry.theirs) ?? []), inquiry]);
  const ours = new Set(inquiries.map((inquiry) => inquiry.ours));
  const listed = new Set<string>();
  const file = openSync(table, 'r');
  try {
    let text = '';
    for (let reads = 1; open.size > 0; reads += 1) {
      const length = readSync(file, page, 0, reads > steps ? pageBytes : stepBytes, null);
      if (length === 0) break;
      const lines = (text + page.toString('latin1', 0, length)).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const key = bothEnds.exec(line)?.[0] ?? '';
        if (ours.has(key)) listed.add(key);
        const asking = open.get(key) ?? [];
        const found = asking[0] ? findOwner(`${line}\n`, asking[0].ends) : null;
        if (found === null) continue;
        open.delete(key);
        for (const { answer } of asking) answer(found);
      }
      if (reads <= steps || reads % pagesInARow === 0) await nextTurn();
    }
    for (const { ends, ours: own, answer } of [...open.values()].flat()) {
      // The system does tell, and there is no other end on this computer: it has been closed and forgotten.
      answer(listed.has(own) && isLoopback(ends.remoteAddress) ? 'gone' : null);
    }
  } finally {
    closeSync(file);
  }
}

/** The two ends of a socket in its line of the table, its own first. */
const bothEnds = /[0-9A-F]{8,32}:[0-9A-F]{4} [0-9A-F]{8,32}:[0-9A-F]{4}/;

/** How the line of the socket at the other end of this connection names its two ends. */
function keyOf({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): string | null {
  const theirs = procEnd(remoteAddress, remotePort);
  const ours = procEnd(localAddress, localPort);
  return theirs && ours ? `${theirs} ${ours}` : null;
}

/**
 * Looks up the socket whose own end is our remote end.
 *
 * @param table text of `/proc/net/tcp` or `tcp6`; a last line that is not whole does not count
 * @returns its user, `gone` when no program holds it any more, or null when it is not listed
 */
export function findOwner(table: string, ends: ConnectionEnds): Finding {
  const key = keyOf(ends);
  if (key === null) return null;
  const at = table.indexOf(` ${key} `);
  if (at === -1) return null;
  const lineEnd = table.indexOf('\n', at);
  if (lineEnd === -1) return null;
  // After both ends: state, queues, timer, retransmits, uid, timeout, inode.
  const fields = table.slice(at, lineEnd).trim().split(/\s+/);
  const uid = Number(fields[6]);
  // A socket without an inode has no program any more, and its user id says nothing.
  if (fields[8] === '0') return 'gone';
  return Number.isInteger(uid) ? { uid } : null;
}

function mirrored({ localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): ConnectionEnds {
  return { localAddress: remoteAddress, localPort: remotePort, remoteAddress: localAddress, remotePort: localPort };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
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
