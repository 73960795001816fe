import { expect, test } from 'vitest';
import { createMirror } from '../../../main/desktop/mirror.ts';
import type { Change } from '../../../proxy/contract/index.ts';
import { createStateStore } from '../../../proxy/state/store.ts';
import { relayRow } from './support.ts';

function prepare() {
  const state = createStateStore({ version: '1', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  state.set('relays', 'a', relayRow('a'));
  return { state, mirror: createMirror() };
}

test('knows nothing before the first snapshot', () => {
  const { mirror } = prepare();
  mirror.apply({ kind: 'changes', changes: [{ revision: 1, table: 'relays', key: 'a', row: relayRow('a') }] });
  expect(mirror.snapshot()).toBeNull();
  expect(mirror.rows('relays')).toEqual([]);
});

test('after any changes it is what the core is', () => {
  const { state, mirror } = prepare();
  mirror.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const changes: Change[] = [];
  state.subscribe((change) => changes.push(change));
  state.patch('core', 'core', { paused: true });
  state.set('relays', 'b', relayRow('b'));
  state.remove('relays', 'a');
  mirror.apply({ kind: 'changes', changes });
  mirror.apply({ kind: 'core', status: 'restarting' });
  expect(mirror.snapshot()).toEqual(state.snapshot());
  expect(mirror.rows('relays').map(({ name }) => name)).toEqual(['b']);
});

test('a new snapshot replaces everything', () => {
  const { state, mirror } = prepare();
  mirror.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const { state: other } = prepare();
  other.remove('relays', 'a');
  mirror.apply({ kind: 'snapshot', snapshot: other.snapshot() });
  expect(mirror.snapshot()).toEqual(other.snapshot());
});

test('what it handed out does not change later', () => {
  const { state, mirror } = prepare();
  mirror.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const before = mirror.snapshot();
  mirror.apply({ kind: 'changes', changes: [{ revision: 9, table: 'relays', key: 'a', row: null }] });
  expect(Object.keys(before?.tables.relays ?? {})).toEqual(['a']);
});
