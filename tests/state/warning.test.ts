import { expect, test } from 'vitest';
import { createStateStore } from '../../proxy/state/store.ts';
import { settleWarning } from '../../proxy/state/warning.ts';

test('a warning stands once while it holds', () => {
  const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: ['a'] });
  settleWarning(state, 'b', true);
  settleWarning(state, 'b', true);
  expect(state.get('core', 'core')?.warnings).toEqual(['a', 'b']);
  settleWarning(state, 'b', false);
  expect(state.get('core', 'core')?.warnings).toEqual(['a']);
});
