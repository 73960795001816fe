import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';

/*
 * What a session has reached. Rules:
 *
 * - A session goes through its stages in this order and never back. Stages are never skipped, except that a session
 *   enters either `submitting` or `spliced`.
 * - Any of them may be the last: the mail program leaves, a refusal, an end from outside, the last byte.
 * - What the mail program is told at the end depends on the stage alone. Before the greeting, a refusal takes its
 *   place; during the sign-in the dialect answers, since only it knows which command is waiting; in the raw phase no
 *   message can be sent, and an abort is a TCP reset.
 * - On a relay for devices there is no raw phase: a client that has signed in submits message after message, and the
 *   dialect can still answer it.
 * - From `verified` on there is a server connection, which ends with the session.
 */

/** In the order in which they are reached. */
export const stages = ['connecting', 'verified', 'greeted', 'submitting', 'spliced', 'over'] as const;
export type StageName = (typeof stages)[number];

/** The legal steps from each stage. */
export const steps: Record<StageName, readonly StageName[]> = {
  connecting: ['verified', 'over'],
  verified: ['greeted', 'over'],
  greeted: ['submitting', 'spliced', 'over'],
  submitting: ['over'],
  spliced: ['over'],
  over: [],
};

/** A step that is not in the table: an internal error. */
export class IllegalStep extends Error {
  override readonly name = 'IllegalStep';
}

/** The one value that says how far a session has come. */
export class Stage {
  #name: StageName = 'connecting';
  #upstream: VerifiedSocket | null = null;

  get name(): StageName {
    return this.#name;
  }

  /** The server's connection; null before it is verified and once the session is over. */
  get upstream(): VerifiedSocket | null {
    return this.#upstream;
  }

  /** The server is verified and its connection is the session's. */
  verified(upstream: VerifiedSocket): void {
    this.#step('verified');
    this.#upstream = upstream;
  }

  /** The mail program has its greeting. */
  greeted(): void {
    this.#step('greeted');
  }

  /** The client has signed in, and what it submits is parsed to the end. */
  submitting(): void {
    this.#step('submitting');
  }

  /** The raw phase begins. */
  spliced(): void {
    this.#step('spliced');
  }

  /** Nothing more is relayed: the server's connection ends. May be called more than once. */
  over(): void {
    if (this.#name !== 'over') this.#step('over');
    this.#upstream?.socket.destroy();
    this.#upstream = null;
  }

  #step(to: StageName): void {
    if (!steps[this.#name].includes(to)) throw new IllegalStep(`A session cannot step from ${this.#name} to ${to}.`);
    this.#name = to;
  }
}
