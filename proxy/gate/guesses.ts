import { setTimeout as pause } from 'node:timers/promises';

/** So many wrong passwords a connection may try; a person mistypes once or twice. */
const triesOfConnection = 5;
/** How long the answer to the first wrong one is held back; twice as long for each that follows, in milliseconds. */
const firstPause = 1_000;
const longestPause = 8_000;

/** More wrong ones than this within a minute, all connections together, are no mistyping. */
const usualAMinute = 30;
const minute = 60_000;
/** How long every try is held back then, a right one too, in milliseconds. */
const guardedPause = 2_000;

/**
 * Slows the guessing of one account's local password. A try is never turned down unseen: who knows the password gets in,
 * however many others guess. What is bounded is how fast: five tries a connection, each slower than the one before; and
 * with many connections, of which there are `maxConnections`, one try in two seconds each.
 */
export interface Guesses {
  /**
   * Before a try is looked at.
   *
   * @throws the signal's reason
   */
  before(signal: AbortSignal): Promise<void>;
  /**
   * Counts a wrong try, and holds its answer back.
   *
   * @param tries how many were wrong on this connection, this one included
   * @returns `again` when the connection may try again; `guarded` when the bound for all was crossed with this one
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
