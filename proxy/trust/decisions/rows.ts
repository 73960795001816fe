import type { TableName } from '../../contract/index.ts';
import type { StateStore } from '../../state/store.ts';

/** One kind of remembered thing, keyed by its id. Every change is immediately in the state table of the same rows. */
export interface Rows<T extends { id: string }> {
  get(id: string): T | undefined;
  all(): T[];
  set(row: T, durability: Durability): void;
  remove(id: string, durability: Durability): void;
}

/**
 * When a change reaches the disk. `memory`: shown and kept for now; `later`: within a minute; `soon`: within a second;
 * `now`: a write begins.
 */
export type Durability = 'memory' | 'later' | 'soon' | 'now';

export function createRows<T extends { id: string }>(
  state: StateStore,
  table: Extract<TableName, 'decisions' | 'questions'>,
  stored: readonly T[],
  schedule: (durability: Durability) => void,
): Rows<T> {
  const map = new Map<string, T>();
  const show = (row: T) => {
    map.set(row.id, row);
    state.set(table, row.id, row as never);
  };
  for (const row of stored) show(row);
  return {
    get: (id) => map.get(id),
    all: () => [...map.values()],
    set(row, durability) {
      show(row);
      schedule(durability);
    },
    remove(id, durability) {
      if (!map.delete(id)) return;
      state.remove(table, id);
      schedule(durability);
    },
  };
}
