import { setTimeout as delay } from 'node:timers/promises';
import type { StageName } from './stage.ts';

/** How long sessions may take to finish once no new ones are accepted, in milliseconds. */
export interface Grace {
  /** For sessions that are signed in. */
  transfers: number;
  /** For clients that are not signed in yet, until the sign-in. */
  arrivals: number;
}

/** The activity of a session that is to end. `person`: it waits for a decision. */
export type Doing = 'person' | 'reaching-server' | 'asked' | 'greeted' | 'signed-in' | 'over';

/** What a session does at each stage. */
export const doingAt: Record<StageName, Doing> = {
  connecting: 'reaching-server',
  'waiting-for-decision': 'person',
  verified: 'reaching-server',
  greeting: 'reaching-server',
  greeted: 'greeted',
  asked: 'asked',
  submitting: 'signed-in',
  spliced: 'signed-in',
  over: 'over',
};

/** The part of a session that shows whether it makes progress. */
interface Moving {
  doing(): Doing;
  /** Bytes on the mail program's connection. */
  bytes(): { from: number; to: number };
  /** Settles when the session is over. */
  readonly over: Promise<unknown>;
}

/** A client that has been silent for this long, with nothing outstanding, is idle (milliseconds). */
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
