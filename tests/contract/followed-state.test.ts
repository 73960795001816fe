import { expect, test } from 'vitest';
import { type Change, followState } from '../../proxy/contract/index.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { relayRow } from '../main/desktop/support.ts';

function prepare() {
  const state = createStateStore({ version: '1', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  state.set('relays', 'a', relayRow('a'));
  return { state, followed: followState() };
}

test('knows nothing before the first snapshot', () => {
  const { followed } = prepare();
  followed.apply({ kind: 'changes', changes: [{ revision: 1, table: 'relays', key: 'a', row: relayRow('a') }] });
  expect(followed.snapshot()).toBeNull();
  expect([...followed.tables.relays.values()]).toEqual([]);
});

test('after any changes it is what the core is', () => {
  const { state, followed } = prepare();
  followed.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const changes: Change[] = [];
  state.subscribe((change) => changes.push(change));
  state.patch('core', 'core', { paused: true });
  state.set('relays', 'b', relayRow('b'));
  state.remove('relays', 'a');
  followed.apply({ kind: 'changes', changes });
  followed.apply({ kind: 'core', status: 'restarting' });
  expect(followed.snapshot()).toEqual(state.snapshot());
  expect([...followed.tables.relays.values()].map(({ name }) => name)).toEqual(['b']);
});

test('a new snapshot replaces everything', () => {
  const { state, followed } = prepare();
  followed.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const { state: other } = prepare();
  other.remove('relays', 'a');
  followed.apply({ kind: 'snapshot', snapshot: other.snapshot() });
  expect(followed.snapshot()).toEqual(other.snapshot());
});

test('what it handed out does not change later', () => {
  const { state, followed } = prepare();
  followed.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const before = followed.snapshot();
  followed.apply({
    kind: 'changes',
    changes: [{ revision: state.snapshot().revision + 1, table: 'relays', key: 'a', row: null }],
  });
  expect(Object.keys(before?.tables.relays ?? {})).toEqual(['a']);
});

test('changes that are known already are passed over, and behind a gap nothing is taken', () => {
  const { state, followed } = prepare();
  const { revision } = state.snapshot();
  followed.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  const removed = (at: number): Change => ({ revision: at, table: 'relays', key: 'a', row: null });
  expect(followed.apply({ kind: 'changes', changes: [removed(revision)] })).toBe(true);
  expect(followed.tables.relays.size).toBe(1);
  expect(followed.apply({ kind: 'changes', changes: [removed(revision + 2)] })).toBe(false);
  expect(followed.apply({ kind: 'changes', changes: [removed(revision + 1)] })).toBe(false);
  expect(followed.tables.relays.size).toBe(1);
  expect(followed.apply({ kind: 'snapshot', snapshot: state.snapshot() })).toBe(true);
  expect(followed.apply({ kind: 'changes', changes: [removed(revision + 1)] })).toBe(true);
  expect(followed.tables.relays.size).toBe(0);
});

test('when the core has gone, nothing is taken before the snapshot of the next one', () => {
  const { state, followed } = prepare();
  followed.apply({ kind: 'snapshot', snapshot: state.snapshot() });
  followed.lose();
  const { revision } = state.snapshot();
  const next: Change = { revision: revision + 1, table: 'relays', key: 'a', row: null };
  expect(followed.apply({ kind: 'changes', changes: [next] })).toBe(false);
});
