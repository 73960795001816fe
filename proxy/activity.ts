import { happeningOf, type PosternEvent } from './contract/index.ts';
import type { StateStore } from './state/store.ts';

/** The most rows kept, some weeks of ordinary use; older ones are dropped. */
const maxRows = 10_000;

/**
 * Turns events into the activity: the list of what happened.
 *
 * @returns a function to be called with every event
 */
export function keepActivity(state: StateStore): (event: PosternEvent) => void {
  let number = 0;

  return (event) => {
    const happening = happeningOf(event);
    if (!happening) return;
    number += 1;
    const relay = 'relay' in event ? event.relay : null;
    const account = 'account' in event ? event.account : (state.get('relays', relay ?? '')?.account ?? null);
    state.set('activity', String(number), { number, at: event.time, relay, account, ...happening });
    if (number > maxRows) state.remove('activity', String(number - maxRows));
  };
}
