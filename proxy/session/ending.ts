import { farewells, type SessionEnding } from '../contract/index.ts';
import { EndedFromOutside } from '../net/ended-from-outside.ts';
import { ChannelClosed } from '../net/line-channel.ts';
import { ClientGone } from './admission.ts';

/** How an error that is no refusal ends a session, and what the mail program is told: null if it has left. */
export interface ErrorEnding {
  ending: SessionEnding;
  words: string | null;
}

/** @param error what ended the session; an unexpected error is an internal one (`fault`) */
export function endingOf(error: unknown): ErrorEnding {
  if (error instanceof EndedFromOutside) return { ending: error.why, words: farewells[error.why] };
  if (error instanceof ClientGone || error instanceof ChannelClosed) return { ending: 'client-reset', words: null };
  return { ending: 'fault', words: farewells.fault };
}
