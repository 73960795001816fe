import { describe, expect, test } from 'vitest';
import { createTraffic, type Traffic, totalBytes } from '../../renderer/traffic.ts';
import { createWindowState, type WindowState } from '../../renderer/window-state.ts';
import { busyStore, session } from './support/fake-state.ts';

const start = 1_000_000_000;

function begin() {
  const state: WindowState = createWindowState((run) => run());
  const store = busyStore();
  state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
  store.subscribe((change) => state.apply({ kind: 'changes', changes: [change] }));
  const traffic = createTraffic(state);
  return { state, store, traffic };
}

function known(traffic: Traffic) {
  return traffic.history().spans.filter((span) => span !== null);
}

describe('traffic of the last ten minutes', () => {
  test('ten minutes in spans of five seconds; nothing is known at first', () => {
    const { traffic } = begin();
    const { spans, spanLength } = traffic.history();
    expect(spans.length * spanLength).toBe(600_000);
    expect(known(traffic)).toEqual([]);
  });

  test('what was there before the window opened is not counted as having come now', () => {
    const { traffic } = begin();
    traffic.read(start);
    traffic.read(start + 5_000);
    expect(known(traffic)).toEqual([{ up: 0, down: 0 }]);
  });

  test('bytes stand in the span in which they came', () => {
    const { traffic, store } = begin();
    traffic.read(start);
    store.patch('sessions', 's1', { bytesDown: 3_480_000 + 700, bytesUp: 12_400 + 30 });
    traffic.read(start + 2_000);
    traffic.read(start + 5_000);
    store.patch('sessions', 's1', { bytesDown: 3_480_000 + 1000 });
    traffic.read(start + 7_000);
    traffic.read(start + 10_000);
    expect(known(traffic)).toEqual([
      { up: 30, down: 700 },
      { up: 0, down: 300 },
    ]);
  });

  test('a session that ends hands its bytes to its relay without moving the plot', () => {
    const { traffic, store, state } = begin();
    traffic.read(start);
    const before = totalBytes(state);
    const { bytesUp, bytesDown } = session('s1', 'work-imap', 'Work');
    const relay = store.get('relays', 'work-imap');
    store.remove('sessions', 's1');
    store.patch('relays', 'work-imap', {
      bytesUp: (relay?.bytesUp ?? 0) + bytesUp,
      bytesDown: (relay?.bytesDown ?? 0) + bytesDown,
    });
    expect(totalBytes(state)).toEqual(before);
    traffic.read(start + 5_000);
    traffic.read(start + 10_000);
    expect(known(traffic).every((span) => span.up === 0 && span.down === 0)).toBe(true);
  });

  test('while the core is away nothing is known, and its new count is no flood', () => {
    const { traffic, state, store } = begin();
    traffic.read(start);
    traffic.read(start + 5_000);
    state.apply({ kind: 'core', status: 'restarting' });
    traffic.read(start + 10_000);
    traffic.read(start + 15_000);
    state.apply({ kind: 'snapshot', snapshot: store.snapshot() });
    traffic.read(start + 20_000);
    traffic.read(start + 25_000);
    expect(traffic.history().spans.slice(-5)).toEqual([
      { up: 0, down: 0 },
      { up: 0, down: 0 },
      null,
      null,
      { up: 0, down: 0 },
    ]);
  });

  test('stays ten minutes long, and says when it moved on', () => {
    const { traffic } = begin();
    let times = 0;
    const end = traffic.subscribe(() => {
      times += 1;
    });
    for (let second = 0; second <= 1000; second += 1) traffic.read(start + second * 1000);
    expect(traffic.history().spans).toHaveLength(120);
    expect(times).toBe(200);
    end();
    traffic.read(start + 2_000_000);
    expect(times).toBe(200);
    expect(traffic.history().spans).toHaveLength(120);
  });
});
