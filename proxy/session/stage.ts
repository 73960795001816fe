import type { VerifiedSocket } from '../trust/tls/secure-upstream.ts';

/*
 * What a session has reached. Rules:
 *
 * - A session goes through its stages in this order and never goes back. It skips none, but comes to one of the two
 *   before the last alone.
 * - It may be over from any of them: the mail program leaves, a refusal, an end from outside, the last byte.
 * - What is said at the end depends on the stage alone. Until the greeting has gone out, words in its place; while the
 *   sign-in runs, the dialect's own, since only it knows which command is waiting; once bytes flow raw there is no
 *   place for words, and a cut is a reset.
 * - Where what leaves is bounded, no bytes flow raw: a program that is in submits message after message, and the dialect
 *   still has words for it.
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

/** A step that is not in the table: a fault of ours. */
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

  /** The program is in, and what it submits is read to the end. */
  submitting(): void {
    this.#step('submitting');
  }

  /** Raw bytes flow from here on. */
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
