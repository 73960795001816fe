import { setTimeout as delay } from 'node:timers/promises';

/** How long what is under way may take once nothing new is accepted, in milliseconds. */
export interface Grace {
  /** For sessions that are signed in. */
  transfers: number;
  /** For whoever has connected and is not signed in yet, until the sign-in. */
  arrivals: number;
}

/** What is going on in a session that is to end. `person`: it waits for somebody to decide. */
export type Doing = 'person' | 'reaching-server' | 'asked' | 'greeted' | 'signed-in' | 'over';

/** As much of a session as tells whether it keeps moving. */
interface Moving {
  doing(): Doing;
  /** Bytes on the mail program's connection. */
  bytes(): { from: number; to: number };
  /** Settles when the session is over. */
  readonly over: Promise<unknown>;
}

/** Whoever has been silent for this long, with nothing outstanding, is idle (milliseconds). */
const stillMilliseconds = 1_000;

/**
 * Resolves when a session may be ended: it is over, idle, waits for a person, or its time is up. A mail program whose server is
 * still being reached, or that has asked and has no answer yet, is not idle.
 */
export async function whileItMoves(session: Moving, grace: Grace): Promise<void> {
  const begun = performance.now();
  let last = { from: -1, to: -1 };
  let owed = false;
  for (;;) {
    const doing = session.doing();
    if (doing === 'over' || doing === 'person') return;
    const allowed = doing === 'signed-in' ? grace.transfers : grace.arrivals;
    const left = begun + allowed - performance.now();
    if (left <= 0) return;
    const now = session.bytes();
    const heard = now.from !== last.from;
    const answered = now.to !== last.to;
    owed = !answered && (heard || owed);
    const busy = owed || doing === 'reaching-server' || doing === 'asked';
    if (!busy && !answered) return;
    last = now;
    await Promise.race([session.over.catch(() => {}), delay(Math.min(stillMilliseconds, left))]);
  }
}
