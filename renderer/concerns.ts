import { type ConcernRows, type Concerns, concernsOf } from '../proxy/contract/index.ts';
import { isSameList } from './own-rows.ts';
import type { WindowState } from './window-state.ts';

/** The last result, and the rows that it came from: a table's rows are the same array until one changes. */
const lastConcerns = new WeakMap<WindowState, { rows: ConcernRows; concerns: Concerns }>();

/** The tables that `concernsIn` reads. */
export const concernTables = ['questions', 'decisions', 'servers', 'relays'] as const;

/** The current concerns, computed once for all callers. */
export function concernsIn(state: WindowState): Concerns {
  const rows = {
    questions: state.rows('questions'),
    decisions: state.rows('decisions'),
    servers: state.rows('servers'),
    relays: state.rows('relays'),
  };
  const last = lastConcerns.get(state);
  if (last && concernTables.every((table) => last.rows[table] === rows[table])) return last.concerns;
  const now = concernsOf(rows);
  // Most changes of these rows do not change the result, and callers can compare it by identity.
  const isSame =
    last &&
    isSameList(last.concerns.open, now.open) &&
    JSON.stringify(last.concerns.alarms) === JSON.stringify(now.alarms);
  const concerns = isSame ? last.concerns : now;
  lastConcerns.set(state, { rows, concerns });
  return concerns;
}
