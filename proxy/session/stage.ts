import type { SessionPhase } from '../contract/index.ts';
import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';

/*
 * What a session has reached. Rules:
 *
 * - A session goes through its stages in this order. It goes back in two places: a server is reached again after a
 *   person's decision, and commands of the sign-in are asked and answered in turn. Stages are never skipped, except that
 *   a session enters either `submitting` or `spliced`.
 * - Any of them may be the last: the mail program leaves, a refusal, an end from outside, the last byte.
 * - What the mail program is told at the end depends on the stage alone. Until it has its greeting, a refusal takes the
 *   greeting's place; during the sign-in the dialect answers, since only it knows which command is waiting; in the raw
 *   phase no message can be sent, and an abort is a TCP reset.
 * - On a relay for devices there is no raw phase: a client that has signed in submits message after message, and the
 *   dialect can still answer it.
 * - From `verified` on there is a server connection, which ends with the session.
 */

/** The legal steps from each stage, in the order in which stages are reached. */
export const steps = {
  connecting: ['waiting-for-decision', 'verified', 'over'],
  'waiting-for-decision': ['connecting', 'over'],
  verified: ['greeting', 'over'],
  /** Its greeting is being sent. */
  greeting: ['greeted', 'over'],
  /** Every line of the mail program has its answer. */
  greeted: ['asked', 'submitting', 'spliced', 'over'],
  /** Its last line has no answer yet. */
  asked: ['greeted', 'submitting', 'spliced', 'over'],
  /** It has signed in, and what it submits is parsed to the end. */
  submitting: ['over'],
  /** The raw phase. */
  spliced: ['over'],
  over: [],
} as const satisfies Record<string, readonly string[]>;

export type StageName = keyof typeof steps;

/** What people are shown of each stage. */
const phases: Record<StageName, SessionPhase | null> = {
  connecting: 'connecting',
  'waiting-for-decision': 'waiting-for-decision',
  verified: 'connecting',
  greeting: 'signing-in',
  greeted: 'signing-in',
  asked: 'signing-in',
  submitting: 'signed-in',
  spliced: 'signed-in',
  over: null,
};

/** A step that is not in the table: an internal error. */
export class IllegalStep extends Error {
  override readonly name = 'IllegalStep';
}

/** The one value that says how far a session has come. */
export class Stage {
  readonly #show: (phase: SessionPhase) => void;
  #name: StageName = 'connecting';
  #upstream: VerifiedSocket | null = null;

  /** @param show is told when people are shown another phase */
  constructor(show: (phase: SessionPhase) => void) {
    this.#show = show;
  }

  get name(): StageName {
    return this.#name;
  }

  /** The server's connection; null before it is verified and once the session is over. */
  get upstream(): VerifiedSocket | null {
    return this.#upstream;
  }

  /** @throws IllegalStep */
  enter(to: Exclude<StageName, 'verified' | 'over'>): void {
    this.#step(to);
  }

  /** The server is verified and its connection is the session's. @throws IllegalStep */
  verified(upstream: VerifiedSocket): void {
    this.#step('verified');
    this.#upstream = upstream;
  }

  /** A line has passed. @param answerDue whether the mail program now waits for an answer */
  line(answerDue: boolean): void {
    const now = answerDue ? 'asked' : 'greeted';
    if ((this.#name === 'greeted' || this.#name === 'asked') && this.#name !== now) this.#step(now);
  }

  /** Nothing more is relayed: the server's connection ends. May be called more than once. */
  over(): void {
    if (this.#name !== 'over') this.#step('over');
    this.#upstream?.socket.destroy();
    this.#upstream = null;
  }

  #step(to: StageName): void {
    const legal: readonly StageName[] = steps[this.#name];
    if (!legal.includes(to)) throw new IllegalStep(`A session cannot step from ${this.#name} to ${to}.`);
    const before = phases[this.#name];
    this.#name = to;
    const phase = phases[to];
    if (phase && phase !== before) this.#show(phase);
  }
}
