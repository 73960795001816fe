import type { CoreMessage } from './api.ts';
import { type Change, type Snapshot, type TableName, type Tables, tableNames } from './state.ts';

/** The core's state as it is known outside its process: a snapshot, and the changes after it. */
export interface FollowedState {
  readonly tables: { readonly [T in TableName]: ReadonlyMap<string, Tables[T]> };
  /** The state as it is known now; null before the first snapshot. */
  snapshot(): Snapshot | null;
  /**
   * Applies a snapshot or changes; other messages change nothing. Revisions count up by one: changes already known are
   * skipped, and after a gap nothing is applied until the next snapshot.
   *
   * @returns false when the changes do not follow on from what is known
   */
  apply(message: CoreMessage): boolean;
  /** The core has ended: nothing is applied until the snapshot of the next one. */
  lose(): void;
}

/** @param touched is called for each row that was set or removed */
export function followState(touched: (table: TableName, key: string) => void = () => {}): FollowedState {
  const tables = Object.fromEntries(tableNames.map((table) => [table, new Map<string, unknown>()])) as Record<
    TableName,
    Map<string, unknown>
  >;
  let revision: number | null = null;
  /** False from when a change is missing until the next snapshot. */
  let isCurrent = false;

  function take(snapshot: Snapshot): void {
    for (const table of tableNames) {
      const rows = tables[table];
      for (const key of rows.keys()) touched(table, key);
      rows.clear();
      for (const [key, row] of Object.entries(snapshot.tables[table])) {
        rows.set(key, row);
        touched(table, key);
      }
    }
    revision = snapshot.revision;
    isCurrent = true;
  }

  function follow({ table, key, row, revision: next }: Change): boolean {
    if (!isCurrent || revision === null) return false;
    if (next <= revision) return true;
    if (next !== revision + 1) {
      isCurrent = false;
      return false;
    }
    if (row === null) tables[table].delete(key);
    else tables[table].set(key, row);
    revision = next;
    touched(table, key);
    return true;
  }

  return {
    tables: tables as unknown as FollowedState['tables'],
    snapshot() {
      if (revision === null) return null;
      const entries = tableNames.map((name) => [name, Object.fromEntries(tables[name])]);
      return { revision, tables: Object.fromEntries(entries) };
    },
    apply(message) {
      if (message.kind === 'snapshot') take(message.snapshot);
      return message.kind !== 'changes' || message.changes.every(follow);
    },
    lose() {
      isCurrent = false;
    },
  };
}
