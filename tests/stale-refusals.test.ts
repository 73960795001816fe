import { expect, test } from 'vitest';
import { type RefusalReason, type RelayRow, refusalReasons } from '../proxy/contract/index.ts';
import { clearStaleRefusals } from '../proxy/stale-refusals.ts';
import { createStateStore } from '../proxy/state/store.ts';

test('what may be due to the network is taken back, what was refused for safety stands', () => {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  for (const reason of refusalReasons) {
    const row = { name: reason, lastRefusal: { reason, message: '', at: '' } } as RelayRow;
    state.set('relays', reason, row);
  }
  state.set('relays', 'fine', { name: 'fine', lastRefusal: null } as RelayRow);
  clearStaleRefusals(state);
  const cleared = state.all('relays').filter(({ lastRefusal }) => !lastRefusal);
  const network: RefusalReason[] = ['upstream-unreachable', 'upstream-timeout', 'upstream-closed'];
  expect(cleared.map(({ name }) => name).sort()).toEqual([...network, 'fine'].sort());
});
