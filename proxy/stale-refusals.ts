import type { RefusalReason } from './contract/index.ts';
import type { StateStore } from './state/store.ts';

/** What may be due to the network that this computer was in, and to nothing else. */
const ofTheNetwork: ReadonlySet<RefusalReason> = new Set([
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-closed',
]);

/**
 * Takes back what the state says about servers that could not be reached, once this computer is in another network or
 * awake again. What a server did, and what was refused for safety, stands. Nothing is dialled.
 */
export function clearStaleRefusals(state: StateStore): void {
  for (const { name, lastRefusal } of state.all('relays')) {
    if (lastRefusal && ofTheNetwork.has(lastRefusal.reason)) state.patch('relays', name, { lastRefusal: null });
  }
}
