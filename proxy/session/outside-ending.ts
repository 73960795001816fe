import type { SessionEnding } from '../contract/index.ts';
import type { Withdrawal } from '../trust/decisions/live-grounds.ts';

/** Why a session is ended from outside: neither side wanted it, and nothing went wrong. */
export type OutsideEnding = Extract<SessionEnding, 'stopped' | 'paused' | Withdrawal>;

/** What a session rejects with, inside, when it is ended from outside. */
export class EndedFromOutside extends Error {
  override readonly name = 'EndedFromOutside';
  readonly why: OutsideEnding;

  constructor(why: OutsideEnding) {
    super(why);
    this.why = why;
  }
}
