import type { RefusalReason } from './contract/index.ts';
import type { StateStore } from './state/store.ts';

/** What may be due solely to the network that this computer was on. */
const ofTheNetwork: ReadonlySet<RefusalReason> = new Set([
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-closed',
]);

/**
 * Clears what the state says about unreachable servers, once this computer is on another network or awake again. What a
 * server did, and what was refused for safety, stands. Nothing is dialled.
 */
export function clearStaleRefusals(state: StateStore): void {
  for (const { name, lastRefusal } of state.all('relays')) {
    if (lastRefusal && ofTheNetwork.has(lastRefusal.reason)) state.patch('relays', name, { lastRefusal: null });
  }
}
