import type { Line, LineChannel } from '../net/line-channel.ts';
import { within } from './clock.ts';

/** Whose turn it turned out to be while the mail program was expected to speak. */
export type Turn = { kind: 'client'; line: Line } | { kind: 'server' } | { kind: 'idle' };

class ClientIdle extends Error {}

/** The reason given to the side that has lost. Without one, an error with a stack is made up for every line. */
const lost = new Error('The other side spoke first.');

/**
 * Waits until anything has come from either side, and takes none of it: a program that speaks another protocol may never
 * end its first line.
 *
 * @param idleMilliseconds how long the mail program may think
 * @throws the signal's reason
 */
export async function firstBytes(
  client: LineChannel,
  upstream: LineChannel,
  idleMilliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const onTime = () => new ClientIdle();
  try {
    await within(idleMilliseconds, signal, onTime, async (timed) => {
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
  } catch (error) {
    // The next turn says so too, and is asked for its words.
    if (!(error instanceof ClientIdle)) throw error;
  }
}

/**
 * Waits for the mail program's next line, and notices when the server speaks out of turn (a farewell before it hangs
 * up, or a reply that nobody asked for).
 *
 * @param limit the most bytes of a line
 * @param idleMilliseconds how long the mail program may think
 * @throws LineTooLong, ChannelClosed (of the mail program), or the signal's reason
 */
export async function nextTurn(
  client: LineChannel,
  upstream: LineChannel,
  limit: number,
  idleMilliseconds: number,
  signal: AbortSignal,
): Promise<Turn> {
  if (upstream.buffered > 0 || upstream.ended) return { kind: 'server' };
  try {
    return await within(
      idleMilliseconds,
      signal,
      () => new ClientIdle(),
      async (timed) => {
        const loser = new AbortController();
        const either = AbortSignal.any([timed, loser.signal]);
        const line = client.readLine(limit, either);
        const server = upstream.arrival(either);
        await Promise.race([line, server]).catch(() => undefined);
        loser.abort(lost);
        const [read, arrived] = await Promise.allSettled([line, server]);
        // The line first, when both came at once: it has been taken out of the channel, the server's bytes have not.
        if (read.status === 'fulfilled') return { kind: 'client', line: read.value };
        if (arrived.status === 'fulfilled' && read.reason === loser.signal.reason) return { kind: 'server' };
        throw read.reason;
      },
    );
  } catch (error) {
    if (error instanceof ClientIdle) return { kind: 'idle' };
    throw error;
  }
}
