/**
 * One connection waiting for a relay's next session: dialled, verified and greeted like any other, right after a
 * session has signed in. On a slow line, a program that opens several in a row is greeted at once.
 *
 * At most one per relay, used once, created only after a sign-in, and dropped on any change of trust or configuration.
 * Until it is taken, only what the greeting needs is sent on it.
 */
import type { Trace } from '../dialects/dialect.ts';
import { type AttemptContext, connectUpstream, type ReadyUpstream, type UpstreamTarget } from './connect-upstream.ts';

/**
 * How long a spare may wait. Servers disconnect a client that has not signed in after one to three minutes (Dovecot:
 * three), and a mail program must still find time for that.
 */
export const spareLifeMilliseconds = 45_000;

export interface Spare {
  /** Hands over the waiting connection, if there is one that is still open; from then on it is the caller's. */
  take(trace: Trace): ReadyUpstream | null;
  /** Makes one unless there is one. Failing is silent: the next session dials for itself, and reports. */
  prepare(): void;
  /** Ends the one waiting and the one being made. */
  drop(): void;
}

export interface SpareOptions {
  target: UpstreamTarget;
  /** The context for an attempt that begins now; null while no spare is wanted. */
  context(): Omit<AttemptContext, 'trace'> | null;
  /** Is told whether one is waiting, and how many were used. */
  changed(counts: { waiting: boolean; used: number }): void;
  lifeMilliseconds?: number;
}

type Said = Parameters<Trace>;

/** A spare from the first packet on. */
interface Held {
  over: AbortController;
  /** Null while it is being made. */
  ready: ReadyUpstream | null;
  /** What was said to get the greeting: the session that takes the spare has it in its trace. */
  said: Said[];
  /** By the wall clock too: a computer that slept has not kept its connections. */
  until: number;
}

class Dropped extends Error {}

export function keepSpare({ target, context, changed, lifeMilliseconds = spareLifeMilliseconds }: SpareOptions): Spare {
  let held: Held | null = null;
  let timer: NodeJS.Timeout | undefined;
  let used = 0;

  const tell = () => changed({ waiting: held?.ready != null, used });

  /** Releases it. The caller deals with what remains of it. */
  function letGo(): Held | null {
    const was = held;
    held = null;
    clearTimeout(timer);
    was?.over.abort(new Dropped());
    return was;
  }

  function drop(): void {
    const was = letGo();
    was?.ready?.verified.socket.destroy();
    if (was?.ready) tell();
  }

  function keep(mine: Held, ready: ReadyUpstream): void {
    // A server that signs us in unasked (IMAP PREAUTH) has opened a session, which is not ours to hold.
    if (held !== mine || ready.greeting.next !== 'sign-in') {
      ready.verified.socket.destroy();
      if (held === mine) letGo();
      return;
    }
    mine.ready = ready;
    mine.until = Date.now() + lifeMilliseconds;
    timer = setTimeout(drop, lifeMilliseconds);
    timer.unref();
    // Any data now means that the server is closing: just drop it.
    ready.lines.arrival(mine.over.signal).then(drop, () => {});
    tell();
  }

  return {
    take(trace) {
      const found = held;
      if (!found?.ready) return null;
      const { ready, said, until } = found;
      const { verified, lines } = ready;
      if (Date.now() > until || !context() || verified.withdrawn.aborted || lines.ended || lines.buffered > 0) {
        drop();
        return null;
      }
      letGo();
      used += 1;
      tell();
      for (const line of said) trace(...line);
      return ready;
    },
    prepare() {
      const now = context();
      if (held || !now) return;
      const mine: Held = { over: new AbortController(), ready: null, said: [], until: 0 };
      held = mine;
      const trace: Trace = (...line) => void mine.said.push(line);
      connectUpstream(target, { ...now, trace }, mine.over.signal).then(
        (ready) => keep(mine, ready),
        () => {
          if (held === mine) held = null;
        },
      );
    },
    drop,
  };
}
