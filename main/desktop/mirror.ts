import type { CoreMessage, Snapshot, TableName, Tables } from '../../proxy/contract/index.ts';

/** The core's last known state, kept outside its process: for the tray, and for a window that opens later. */
export interface Mirror {
  /** Takes a snapshot or changes in. Other messages change nothing. */
  apply(message: CoreMessage): void;
  /** Null before the first snapshot. */
  snapshot(): Snapshot | null;
  rows<T extends TableName>(table: T): Tables[T][];
}

export function createMirror(): Mirror {
  let revision = 0;
  let tables: { [T in TableName]: Map<string, Tables[T]> } | null = null;

  return {
    apply(message) {
      if (message.kind === 'snapshot') {
        revision = message.snapshot.revision;
        const entries = Object.entries(message.snapshot.tables);
        tables = Object.fromEntries(entries.map(([name, rows]) => [name, new Map(Object.entries(rows))])) as never;
      } else if (message.kind === 'changes' && tables) {
        for (const { table, key, row, revision: next } of message.changes) {
          if (row === null) tables[table].delete(key);
          else (tables[table] as Map<string, unknown>).set(key, row);
          revision = next;
        }
      }
    },
    snapshot() {
      if (!tables) return null;
      const entries = Object.entries(tables).map(([name, rows]) => [name, Object.fromEntries(rows)]);
      return { revision, tables: Object.fromEntries(entries) };
    },
    rows: (table) => (tables ? [...tables[table].values()] : []),
  };
}
