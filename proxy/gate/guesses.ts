import { setTimeout as pause } from 'node:timers/promises';

/** How many wrong passwords a connection may try; a person mistypes once or twice. */
const triesOfConnection = 5;
/** How long the answer to the first wrong one is held back, in milliseconds; it doubles with each that follows. */
const firstPause = 1_000;
const longestPause = 8_000;

/** More wrong ones than this within a minute, over all connections, are not mistyping. */
const usualAMinute = 30;
const minute = 60_000;
/** How long every try is then held back, even a right one, in milliseconds. */
const guardedPause = 2_000;

/**
 * Slows the guessing of one account's local password. A try is never refused unchecked: a client with the right
 * password is admitted, however many others are guessing. What is limited is the rate: five tries per connection, each
 * slower than the one before; and with many connections, of which there are `maxConnections`, one try every two seconds
 * each.
 */
export interface Guesses {
  /**
   * To be called before a try is examined.
   *
   * @throws the signal's reason
   */
  before(signal: AbortSignal): Promise<void>;
  /**
   * Counts a wrong try, and holds back its answer.
   *
   * @param tries how many were wrong on this connection, this one included
   * @returns `again` when the connection may try again; `guarded` when this try crossed the limit for all connections
   * @throws the signal's reason
   */
  wrong(tries: number, signal: AbortSignal): Promise<{ again: boolean; guarded: boolean }>;
}

/** @param now milliseconds of a clock that never jumps @param wait holds back; for tests, which wait for nothing */
export function createGuesses(
  now: () => number = () => performance.now(),
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void> = waitFor,
): Guesses {
  const times: number[] = [];
  let guardedUntil = Number.NEGATIVE_INFINITY;

  return {
    async before(signal) {
      if (now() < guardedUntil) await wait(guardedPause, signal);
    },
    async wrong(tries, signal) {
      const at = now();
      times.push(at);
      while ((times[0] ?? at) <= at - minute || times.length > usualAMinute + 1) times.shift();
      const before = guardedUntil;
      if (times.length > usualAMinute) guardedUntil = at + minute;
      const guarded = at >= before && at < guardedUntil;
      await wait(Math.min(longestPause, firstPause * 2 ** (tries - 1)), signal);
      return { again: tries < triesOfConnection && at >= guardedUntil, guarded };
    },
  };
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(milliseconds, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
