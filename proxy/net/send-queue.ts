import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The first look comes soon: a program that is reading has everything within a millisecond. Each further wait is twice
 * as long.
 */
const firstLookMilliseconds = 5;
const maxWaitMilliseconds = 500;
/** Where the system does not say: time for a program that reads only now and then. */
const unseenMilliseconds = 10_000;

/**
 * Waits until the other side's system has everything that was written to a connection. A reset throws away whatever is
 * still in one of this computer's buffers.
 *
 * Linux lists in `/proc/net/tcp` and `tcp6` how much of a connection is not acknowledged yet (proc_pid_net(5)).
 * Elsewhere the other side has ten seconds.
 *
 * @param socket everything written to it has been handed to the system (`writableLength` is 0)
 * @param patienceMilliseconds how long to wait while nothing at all is taken
 * @returns also when the connection is gone, or takes nothing any more
 */
export async function untilTaken(socket: Socket, patienceMilliseconds: number): Promise<void> {
  let left = Number.POSITIVE_INFINITY;
  let lastMoved = performance.now();
  for (let wait = firstLookMilliseconds; !socket.destroyed; wait = Math.min(2 * wait, maxWaitMilliseconds)) {
    const now = await unacknowledged(socket);
    if (now === 0) return;
    if (now === null) {
      await delay(unseenMilliseconds, undefined, { ref: false });
      return;
    }
    if (now < left) lastMoved = performance.now();
    else if (performance.now() - lastMoved > patienceMilliseconds) return;
    left = now;
    await delay(wait);
  }
}

/** Bytes written but not acknowledged; null where the system does not say. */
async function unacknowledged({ localAddress = '', localPort, remotePort }: Socket): Promise<number | null> {
  const table = localAddress.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp';
  try {
    return sendQueue(await readFile(table, 'latin1'), localPort ?? 0, remotePort ?? 0);
  } catch {
    return null;
  }
}

/**
 * What waits in the system's send queue between two ports, in bytes; 0 when it no longer knows such a connection. Two
 * connections between the same ports, on different loopback addresses, count together.
 *
 * @param table text of `/proc/net/tcp` or `tcp6`
 */
export function sendQueue(table: string, localPort: number, remotePort: number): number {
  const port = (number: number) => number.toString(16).toUpperCase().padStart(4, '0');
  const line = new RegExp(`^ *\\d+: \\w+:${port(localPort)} \\w+:${port(remotePort)} \\w\\w (\\w{8}):`, 'gm');
  let queued = 0;
  for (const [, bytes = '0'] of table.matchAll(line)) queued += Number.parseInt(bytes, 16);
  return queued;
}
