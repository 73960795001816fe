import type { WindowState } from './window-state.ts';

/** One time span on the plot, in bytes. Null where nothing is known: the window or the core was not running. */
export type TrafficSpan = { up: number; down: number } | null;

/** The plotted spans: ten minutes, oldest first. */
export interface TrafficHistory {
  spans: readonly TrafficSpan[];
  /** Milliseconds that one span covers. */
  spanLength: number;
}

/** Milliseconds. Short enough to see a mail arrive, long enough for a calm picture. */
const spanLength = 5_000;
/** Ten minutes. */
const spanCount = 120;

/** Derives the last ten minutes from the byte counts in the state. */
export interface Traffic {
  history(): TrafficHistory;
  subscribe(listener: () => void): () => void;
  /** Takes a reading. @param now milliseconds since 1970 */
  read(now: number): void;
}

export function createTraffic(state: WindowState): Traffic {
  const listeners = new Set<() => void>();
  let history: TrafficHistory = { spans: Array<TrafficSpan>(spanCount).fill(null), spanLength };
  let span: number | null = null;
  let last: { up: number; down: number } | null = null;
  let growing: TrafficSpan = null;

  /** Advances the plot to the given span; what came in since the last reading belongs to the last one. */
  function advance(to: number): void {
    const passed = Math.min(to - (span ?? to), spanCount);
    span = to;
    if (passed <= 0) return;
    // Spans without a reading: the computer slept, or the window was throttled. Their bytes are counted in the later
    // ones.
    const skipped = Array<TrafficSpan>(passed - 1).fill(growing && { up: 0, down: 0 });
    history = { spans: [...history.spans, growing, ...skipped].slice(-spanCount), spanLength };
    growing = null;
    for (const listener of listeners) listener();
  }

  return {
    history: () => history,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read(now) {
      advance(Math.floor(now / spanLength));
      if (state.connection().status !== 'live') {
        last = null;
        return;
      }
      const total = totalBytes(state);
      // Less than before: a session's count moves to its relay in two steps, or the core was restarted.
      const up = Math.max(0, total.up - (last?.up ?? total.up));
      const down = Math.max(0, total.down - (last?.down ?? total.down));
      growing = { up: (growing?.up ?? 0) + up, down: (growing?.down ?? 0) + down };
      last = total;
    },
  };
}

/** Bytes since the core started: ended and live sessions. */
export function totalBytes(state: WindowState): { up: number; down: number } {
  let up = 0;
  let down = 0;
  for (const row of [...state.rows('relays'), ...state.rows('sessions')]) {
    up += row.bytesUp;
    down += row.bytesDown;
  }
  return { up, down };
}

/** Milliseconds between readings. */
const readEvery = 1_000;

/** Takes readings while the window is open. @returns a function that stops it. */
export function keepReading(traffic: Traffic): () => void {
  traffic.read(Date.now());
  const timer = setInterval(() => traffic.read(Date.now()), readEvery);
  return () => clearInterval(timer);
}
