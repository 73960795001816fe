import { farewells, type SessionEnding } from '../contract/index.ts';
import { ChannelClosed } from '../net/line-channel.ts';
import { TrustWithdrawn, type Withdrawal } from '../trust/decisions/live-grounds.ts';
import { ClientGone } from './admission.ts';

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

/** How an error that is no refusal ends a session, and what the mail program is told: null where it is the one that left. */
export interface ErrorEnding {
  ending: SessionEnding;
  words: string | null;
}

/** @param error what ended the session; anything that nobody expects is a fault of ours, and told as one */
export function endingOf(error: unknown): ErrorEnding {
  if (error instanceof EndedFromOutside || error instanceof TrustWithdrawn) {
    return { ending: error.why, words: farewells[error.why] };
  }
  if (error instanceof ClientGone || error instanceof ChannelClosed) return { ending: 'client-reset', words: null };
  return { ending: 'fault', words: farewells.fault };
}
