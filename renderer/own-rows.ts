import type { RelayRow, SessionRow } from '../proxy/contract/index.ts';
import type { WindowState } from './window-state.ts';

/** Whether two lists hold the same things in the same order. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Sorts rows by whose they are. A group is the same array until one of its rows changes, as a table's rows are. */
function createGrouping<R>(ownerOf: (row: R) => string): (rows: readonly R[]) => ReadonlyMap<string, readonly R[]> {
  let last: readonly R[] | undefined;
  let groups = new Map<string, readonly R[]>();
  return (rows) => {
    if (rows === last) return groups;
    const now = new Map<string, readonly R[]>(Map.groupBy(rows, ownerOf));
    for (const [owner, group] of now) {
      const before = groups.get(owner);
      if (before && isSameList(before, group)) now.set(owner, before);
    }
    last = rows;
    groups = now;
    return groups;
  };
}

const groupings = new WeakMap<WindowState, ReturnType<typeof groupingsOf>>();

function groupingsOf() {
  return {
    sessions: createGrouping<SessionRow>(({ relay }) => relay),
    relays: createGrouping<RelayRow>(({ account }) => account),
  };
}

function own(state: WindowState) {
  const known = groupings.get(state);
  if (known) return known;
  const made = groupingsOf();
  groupings.set(state, made);
  return made;
}

/** The open sessions of each relay that has any, the same array until one of them changes. */
export function sessionsByRelay(state: WindowState): ReadonlyMap<string, readonly SessionRow[]> {
  return own(state).sessions(state.rows('sessions'));
}

/** The relays of each account, the same array until one of them changes. */
export function relaysByAccount(state: WindowState): ReadonlyMap<string, readonly RelayRow[]> {
  return own(state).relays(state.rows('relays'));
}
