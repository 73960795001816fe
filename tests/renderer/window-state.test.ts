import { describe, expect, test } from 'vitest';
import type { CoreMessage, PosternApi, TableName } from '../../proxy/contract/index.ts';
import type { StateStore } from '../../proxy/state/store.ts';
import { createWindowState, followCore, type WindowState } from '../../renderer/window-state.ts';
import { busyStore, session } from './support/fake-state.ts';

/** A window state that notifies its listeners when the test says so. */
function heldState(): { state: WindowState; tell: () => void } {
  const waiting: (() => void)[] = [];
  const state = createWindowState((run) => waiting.push(run));
  return { state, tell: () => waiting.splice(0).forEach((run) => void run()) };
}

function following(): { state: WindowState; store: StateStore; tell: () => void } {
  const { state, tell } = heldState();
  const store = busyStore();
  state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
  store.subscribe((change) => state.apply({ kind: 'changes', changes: [change] }));
  tell();
  return { state, store, tell };
}

describe('snapshot and changes', () => {
  test('begins without rows, and is live with the first snapshot', () => {
    const { state } = heldState();
    expect(state.connection()).toEqual({ status: 'starting' });
    expect(state.rows('relays')).toEqual([]);
    const store = busyStore();
    state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
    expect(state.connection()).toEqual({ status: 'live' });
    expect(state.rows('relays')).toEqual(store.all('relays'));
  });

  test('follows rows that are set and removed', () => {
    const { state, store } = following();
    store.patch('sessions', 's1', { bytesDown: 7 });
    store.remove('sessions', 's2');
    store.set('sessions', 's9', session('s9', 'work-imap', 'Work'));
    expect(state.row('sessions', 's1')?.bytesDown).toBe(7);
    expect(state.rows('sessions')).toEqual(store.all('sessions'));
  });

  test('follows every table that the core has: a change of none of them is too much for it', () => {
    const { state, store } = following();
    for (const table of Object.keys(store.snapshot().tables) as TableName[]) {
      const { revision } = store.snapshot();
      const row = { name: 'x' } as never;
      state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
      expect(state.apply({ kind: 'changes', changes: [{ revision: revision + 1, table, key: 'x', row }] })).toBe(true);
      expect(state.row(table, 'x')).toBe(row);
    }
  });

  test('a snapshot replaces everything, also what is not in it any more', () => {
    const { state } = following();
    const other = busyStore();
    other.remove('relays', 'work-imap');
    state.apply({ kind: 'snapshot', snapshot: other.snapshot() });
    expect(state.row('relays', 'work-imap')).toBeUndefined();
    expect(state.rows('relays')).toEqual(other.all('relays'));
  });

  test('changes that the snapshot holds already are not applied twice', () => {
    const { state, store } = following();
    const { revision } = store.snapshot();
    const applied = state.apply({
      kind: 'changes',
      changes: [{ revision, table: 'relays', key: 'work-imap', row: null }],
    });
    expect(applied).toBe(true);
    expect(state.row('relays', 'work-imap')).toBeDefined();
  });

  test('activity comes newest first, by number and not by text', () => {
    const { state } = following();
    const numbers = state.rows('activity').map((row) => row.number);
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    expect(numbers[0]).toBe(11);
  });
});

describe('who hears of a change', () => {
  test('the row that changed, its table, and nobody else', () => {
    const { state, store, tell } = following();
    const heard: string[] = [];
    state.onRow('sessions', 's1', () => heard.push('s1'));
    state.onRow('sessions', 's2', () => heard.push('s2'));
    state.onTable('sessions', () => heard.push('sessions'));
    state.onTable('relays', () => heard.push('relays'));
    store.patch('sessions', 's1', { bytesUp: 1 });
    tell();
    expect(heard).toEqual(['s1', 'sessions']);
  });

  test('many changes are told of once', () => {
    const { state, store, tell } = following();
    let times = 0;
    state.onTable('sessions', () => {
      times += 1;
    });
    for (let count = 0; count < 1000; count += 1) store.patch('sessions', 's1', { bytesUp: count });
    tell();
    expect(times).toBe(1);
    expect(state.row('sessions', 's1')?.bytesUp).toBe(999);
  });

  test('nobody after the subscription ended', () => {
    const { state, store, tell } = following();
    let times = 0;
    const ends = [state.onRow('sessions', 's1', () => (times += 1)), state.onTable('sessions', () => (times += 1))];
    for (const end of ends) end();
    store.patch('sessions', 's1', { bytesUp: 1 });
    tell();
    expect(times).toBe(0);
  });

  test('rows of a table are the same array until one changes', () => {
    const { state, store } = following();
    const before = state.rows('sessions');
    store.patch('relays', 'work-imap', { sessionsOpen: 5 });
    expect(state.rows('sessions')).toBe(before);
    store.patch('sessions', 's1', { bytesUp: 5 });
    expect(state.rows('sessions')).not.toBe(before);
  });
});

describe('what is not the present', () => {
  test.each(['restarting', 'gone', 'silent'] as const)(
    'a core that is %s leaves its rows and is not live',
    (status) => {
      const { state } = following();
      state.apply({ kind: 'core', status, reason: 'It crashed.' });
      expect(state.connection()).toMatchObject({ status, reason: 'It crashed.' });
      expect(state.row('relays', 'work-imap')).toBeDefined();
    },
  );

  test('it counts from the first loss, and a core said to be live is believed when its snapshot is here', () => {
    const { state, store } = following();
    state.apply({ kind: 'core', status: 'restarting' });
    const first = state.connection();
    state.apply({ kind: 'core', status: 'gone' });
    expect(state.connection()).toMatchObject({ since: 'since' in first ? first.since : '' });
    state.apply({ kind: 'core', status: 'live' });
    expect(state.connection().status).toBe('gone');
    state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
    expect(state.connection()).toEqual({ status: 'live' });
  });

  test('a gap in the revisions is noticed, and nothing behind it is applied', () => {
    const { state, store } = following();
    const { revision } = store.snapshot();
    const applied = state.apply({
      kind: 'changes',
      changes: [{ revision: revision + 2, table: 'relays', key: 'work-imap', row: null }],
    });
    expect(applied).toBe(false);
    expect(state.connection().status).toBe('restarting');
    expect(state.row('relays', 'work-imap')).toBeDefined();
  });
});

describe('following a core', () => {
  test('takes a new snapshot after a gap, once, and ends the old subscription', async () => {
    const { state } = heldState();
    const store = busyStore();
    const subscriptions: { listener: (message: CoreMessage) => void; ended: boolean }[] = [];
    const api: PosternApi = {
      subscribe(listener) {
        const subscription = { listener, ended: false };
        subscriptions.push(subscription);
        listener({ kind: 'snapshot', snapshot: store.snapshot() });
        return () => {
          subscription.ended = true;
        };
      },
      command: () => Promise.reject(new Error('not asked here')),
    };
    const end = followCore(state, api);
    const ahead: CoreMessage = {
      kind: 'changes',
      changes: [{ revision: store.snapshot().revision + 9, table: 'sessions', key: 's1', row: null }],
    };
    subscriptions[0]?.listener(ahead);
    subscriptions[0]?.listener(ahead);
    await Promise.resolve();
    expect(subscriptions.map(({ ended }) => ended)).toEqual([true, false]);
    expect(state.connection()).toEqual({ status: 'live' });
    end();
    expect(subscriptions.map(({ ended }) => ended)).toEqual([true, true]);
  });
});
