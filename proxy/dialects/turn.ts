import type { LineChannel } from '../net/line-channel.ts';
import { within } from './clock.ts';

/** Who spoke first while the mail program was expected to. */
export type Turn<T> = { kind: 'client'; said: T } | { kind: 'server' };

/** The mail program stayed silent for too long. */
export class ClientIdle extends Error {
  override readonly name = 'ClientIdle';
}

/** The reason given to the side that lost. Without one, an error with a stack would be created for every line. */
const lost = new Error('The other side spoke first.');

/** Runs what waits for the mail program. @throws ClientIdle when it says nothing for too long, or what `work` throws */
export function whilePatient<T>(
  idleMilliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return within(idleMilliseconds, signal, () => new ClientIdle(), work);
}

/**
 * Waits until something has come from either side, and takes none of it: a program that speaks another protocol may
 * never end its first line.
 *
 * @param idleMilliseconds how long the mail program may think
 * @throws ClientIdle, or the signal's reason
 */
export function firstBytes(
  client: LineChannel,
  upstream: LineChannel,
  idleMilliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return whilePatient(idleMilliseconds, signal, async (timed) => {
    const loser = new AbortController();
    const either = AbortSignal.any([timed, loser.signal]);
    const arrivals = [client.arrival(either), upstream.arrival(either)];
    try {
      await Promise.race(arrivals);
    } finally {
      loser.abort(lost);
      await Promise.allSettled(arrivals);
    }
  });
}

/**
 * Waits for what the mail program says next, and notices when the server speaks out of turn (a farewell before it hangs
 * up, or a reply that nobody asked for).
 *
 * @param read reads the mail program's next words, and takes none of them when its signal aborts
 * @param idleMilliseconds how long the mail program may think
 * @throws ClientIdle, what `read` throws, or the signal's reason
 */
export async function nextTurn<T>(
  upstream: LineChannel,
  read: (signal: AbortSignal) => Promise<T>,
  idleMilliseconds: number,
  signal: AbortSignal,
): Promise<Turn<T>> {
  if (upstream.buffered > 0 || upstream.ended) return { kind: 'server' };
  return whilePatient(idleMilliseconds, signal, async (timed) => {
    const loser = new AbortController();
    const either = AbortSignal.any([timed, loser.signal]);
    const words = read(either);
    const server = upstream.arrival(either);
    await Promise.race([words, server]).catch(() => undefined);
    loser.abort(lost);
    const [said, arrived] = await Promise.allSettled([words, server]);
    // The mail program's words first, when both came at once: they have been taken out of the channel, the server's
    // bytes have not.
    if (said.status === 'fulfilled') return { kind: 'client', said: said.value };
    if (arrived.status === 'fulfilled' && said.reason === loser.signal.reason) return { kind: 'server' };
    throw said.reason;
  });
}
