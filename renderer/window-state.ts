import {
  type CoreMessage,
  followState,
  type PosternApi,
  type TableName,
  type Tables,
} from '../proxy/contract/index.ts';

/** Why it is not: what the core, or the way to it, says of itself. */
type LostStatus = Exclude<Extract<CoreMessage, { kind: 'core' }>['status'], 'live'>;

/** Whether what the window holds is current. `since` is ISO 8601: when it stopped being so. */
export type Connection =
  | { status: 'starting' }
  | { status: 'live' }
  | { status: LostStatus; since: string; reason: string | null };

type Listener = () => void;

/**
 * The core's state as the window knows it: a snapshot and the changes after it. Listeners subscribe to single rows, so
 * that a change reaches only the row that it concerns.
 */
export interface WindowState {
  connection(): Connection;
  row<T extends TableName>(table: T, key: string): Tables[T] | undefined;
  /** Every row, the same array until one changes. Activity is newest first, the rest in the core's order. */
  rows<T extends TableName>(table: T): readonly Tables[T][];
  onConnection(listener: Listener): () => void;
  onRow(table: TableName, key: string, listener: Listener): () => void;
  onTable(table: TableName, listener: Listener): () => void;
  /**
   * Applies one message. Changes that do not follow on from the known state are not applied. @returns false in that
   * case.
   */
  apply(message: CoreMessage): boolean;
}

/** Runs a function a little later: once per frame, or soon if no frames are drawn. */
type Schedule = (run: () => void) => void;

/** @param schedule when listeners are notified; messages that come faster are combined */
export function createWindowState(schedule: Schedule = nextFrame): WindowState {
  let connection: Connection = { status: 'starting' };
  let scheduled = false;

  const state = followState(touch);
  const { tables } = state;
  const arrays: { [T in TableName]?: readonly Tables[T][] } = {};
  const forEachTable = <V>(made: () => V) =>
    Object.fromEntries(Object.keys(tables).map((table) => [table, made()])) as Record<TableName, V>;
  const rowListeners = forEachTable(() => new Map<string, Set<Listener>>());
  const tableListeners = forEachTable(() => new Set<Listener>());
  const connectionListeners = new Set<Listener>();
  const touchedRows = new Map<TableName, Set<string>>();

  function touch(table: TableName, key: string): void {
    delete arrays[table];
    const keys = touchedRows.get(table) ?? new Set();
    touchedRows.set(table, keys.add(key));
    tellSoon();
  }

  function tellSoon(): void {
    if (scheduled) return;
    scheduled = true;
    schedule(tell);
  }

  function tell(): void {
    scheduled = false;
    const touched = [...touchedRows];
    touchedRows.clear();
    for (const [table, keys] of touched) {
      const listeners = rowListeners[table];
      for (const key of keys) for (const listener of listeners.get(key) ?? []) listener();
      for (const listener of tableListeners[table]) listener();
    }
    for (const listener of connectionListeners) listener();
  }

  function lose(status: LostStatus, reason: string | null): void {
    state.lose();
    const since = 'since' in connection ? connection.since : new Date().toISOString();
    connection = { status, since, reason };
    tellSoon();
  }

  return {
    connection: () => connection,
    row: (table, key) => tables[table].get(key),
    rows<T extends TableName>(table: T): readonly Tables[T][] {
      const known = arrays[table];
      if (known) return known;
      const rows = [...tables[table].values()];
      if (table === 'activity') newestFirst(rows as Tables['activity'][]);
      (arrays as Record<TableName, readonly unknown[]>)[table] = rows;
      return rows;
    },
    onConnection: (listener) => listen(connectionListeners, listener),
    onTable: (table, listener) => listen(tableListeners[table], listener),
    onRow(table, key, listener) {
      const listeners = rowListeners[table].get(key) ?? new Set();
      rowListeners[table].set(key, listeners);
      const end = listen(listeners, listener);
      return () => {
        end();
        if (listeners.size === 0) rowListeners[table].delete(key);
      };
    },
    apply(message) {
      switch (message.kind) {
        case 'snapshot':
          state.apply(message);
          connection = { status: 'live' };
          tellSoon();
          return true;
        case 'changes': {
          const isNext = state.apply(message);
          if (!isNext && connection.status === 'live') lose('restarting', null);
          return isNext;
        }
        case 'core':
          // A restarted core counts as live only once its snapshot has arrived.
          if (message.status !== 'live') lose(message.status, message.reason ?? null);
          return true;
      }
    },
  };
}

function newestFirst(rows: Tables['activity'][]): void {
  rows.sort((a, b) => b.number - a.number);
}

function listen(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function nextFrame(run: () => void): void {
  let ran = false;
  const once = () => {
    if (!ran) run();
    ran = true;
  };
  requestAnimationFrame(once);
  // A hidden window draws no frames, but still has to show a question in its title.
  setTimeout(once, 250);
}

/**
 * Keeps a window state up to date from a core, and takes a new snapshot when changes are missing.
 *
 * @returns a function that ends it.
 */
export function followCore(state: WindowState, api: PosternApi): () => void {
  let end: () => void;
  let renewing = false;
  function renew(): void {
    renewing = false;
    end();
    end = api.subscribe(hear);
  }
  function hear(message: CoreMessage): void {
    if (state.apply(message) || renewing) return;
    renewing = true;
    queueMicrotask(renew);
  }
  end = api.subscribe(hear);
  return () => end();
}
