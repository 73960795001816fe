import { type Change, type Snapshot, type TableName, type Tables, tableNames } from '../contract/index.ts';

/** Is called for every change, in order of revision. */
export type ChangeListener = (change: Change) => void;

/**
 * The one place where the state lives: keyed tables of plain data with a revision that counts up by one for every row
 * set or removed. To follow it, take a snapshot and the changes after it.
 */
export interface StateStore {
  /** Everything at this moment. The rows are shared: read them, do not change them. */
  snapshot(): Snapshot;
  get<T extends TableName>(table: T, key: string): Tables[T] | undefined;
  all<T extends TableName>(table: T): Tables[T][];
  set<T extends TableName>(table: T, key: string, row: Tables[T]): void;
  /** Sets some fields of an existing row; does nothing when there is none. */
  patch<T extends TableName>(table: T, key: string, fields: Partial<Tables[T]>): void;
  remove(table: TableName, key: string): void;
  /** @returns a function that ends the subscription. */
  subscribe(listener: ChangeListener): () => void;
}

export function createStateStore(core: Tables['core']): StateStore {
  let revision = 0;
  const listeners = new Set<ChangeListener>();
  const tables = Object.fromEntries(tableNames.map((table) => [table, new Map()])) as {
    [T in TableName]: Map<string, Tables[T]>;
  };
  tables.core.set('core', core);

  function tell<T extends TableName>(table: T, key: string, row: Tables[T] | null): void {
    revision += 1;
    const change = { revision, table, key, row } as Change;
    for (const listener of listeners) listener(change);
  }

  const store: StateStore = {
    snapshot() {
      const rows = tableNames.map((table) => [table, Object.fromEntries(tables[table])]);
      return { revision, tables: Object.fromEntries(rows) };
    },
    get: (table, key) => tables[table].get(key),
    all: (table) => [...tables[table].values()],
    set(table, key, row) {
      tables[table].set(key, row);
      tell(table, key, row);
    },
    patch(table, key, fields) {
      const row = tables[table].get(key);
      if (row) store.set(table, key, { ...row, ...fields });
    },
    remove(table, key) {
      if (tables[table].delete(key)) tell(table, key, null);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}
