import { createContext, type ReactNode, useCallback, useContext, useRef, useState, useSyncExternalStore } from 'react';
import type {
  CommandInput,
  CommandName,
  CommandResult,
  PosternApi,
  PosternShell,
  Progress,
  TableName,
  Tables,
} from '../proxy/contract/index.ts';
import type { Traffic } from './traffic.ts';
import type { Connection, WindowState } from './window-state.ts';
import { formatDistance } from './words/format.ts';
import { words } from './words.ts';

/** The context that every component may use. */
export interface WindowContext {
  api: PosternApi;
  shell: PosternShell | undefined;
  state: WindowState;
  traffic: Traffic;
}

const Provided = createContext<WindowContext | null>(null);

export function WindowContextProvider({ value, children }: { value: WindowContext; children: ReactNode }) {
  return <Provided value={value}>{children}</Provided>;
}

export function useWindowContext(): WindowContext {
  const context = useContext(Provided);
  if (!context) throw new Error('a part of the window was drawn outside of WindowContextProvider');
  return context;
}

export function useConnection(): Connection {
  const { state } = useWindowContext();
  return useSyncExternalStore(state.onConnection, state.connection);
}

/** True while the window is up to date. No command can be sent to the core while it is not. */
export function useIsLive(): boolean {
  return useConnection().status === 'live';
}

/** One row, redrawn only when that row changes. */
export function useRow<T extends TableName>(table: T, key: string): Tables[T] | undefined {
  const { state } = useWindowContext();
  return useSyncExternalStore(
    useCallback((listener) => state.onRow(table, key, listener), [state, table, key]),
    () => state.row(table, key),
  );
}

/** Every row of a table, redrawn whenever one of them changes. */
export function useRows<T extends TableName>(table: T): readonly Tables[T][] {
  const { state } = useWindowContext();
  return useSyncExternalStore(
    useCallback((listener) => state.onTable(table, listener), [state, table]),
    () => state.rows(table),
  );
}

/**
 * Something computed from several tables, redrawn only when the result changes.
 *
 * @param derive returns text, a number, a boolean or an array of these: something that can be compared as JSON
 */
export function useDerived<R>(tables: readonly TableName[], derive: (state: WindowState) => R): R {
  const { state } = useWindowContext();
  const last = useRef<{ json: string; result: R } | null>(null);
  const names = tables.join();
  const subscribe = useCallback(
    (listener: () => void) => {
      const ends = names.split(',').map((table) => state.onTable(table as TableName, listener));
      return () => {
        for (const end of ends) end();
      };
    },
    [state, names],
  );
  return useSyncExternalStore(subscribe, () => {
    const result = derive(state);
    if (last.current?.result === result) return result;
    const json = JSON.stringify(result) ?? '';
    if (last.current?.json !== json) last.current = { json, result };
    return last.current.result;
  });
}

/** A number that is another after each change of these tables. */
export function useRevision(tables: readonly TableName[]): number {
  const { state } = useWindowContext();
  const revision = useRef(0);
  const names = tables.join();
  const subscribe = useCallback(
    (listener: () => void) => {
      const changed = () => {
        revision.current += 1;
        listener();
      };
      const ends = names.split(',').map((table) => state.onTable(table as TableName, changed));
      return () => {
        for (const end of ends) end();
      };
    },
    [state, names],
  );
  return useSyncExternalStore(subscribe, () => revision.current);
}

/** How long an idle window may show an outdated time distance, in milliseconds. */
const tick = 5_000;
const tickListeners = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function onTick(listener: () => void): () => void {
  tickListeners.add(listener);
  ticking ??= setInterval(() => {
    for (const each of tickListeners) each();
  }, tick);
  return () => {
    tickListeners.delete(listener);
    if (tickListeners.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** A text that depends on the time of day, redrawn when its wording changes. */
export function useTimely(text: (now: number) => string): string {
  return useSyncExternalStore(onTick, () => text(Date.now()));
}

/** A moment as a distance: `2 minutes ago`. */
export function Ago({ at }: { at: string }) {
  return <time dateTime={at}>{useTimely((now) => formatDistance(at, now))}</time>;
}

/** A pending command, and how the last one ended. */
export interface CommandRun<C extends CommandName> {
  busy: boolean;
  /** Words for the person; null when nothing failed. */
  failure: string | null;
  run(input: CommandInput<C>, progress?: (step: Progress<C>) => void): Promise<CommandResult<C>>;
}

/** Runs a command from a component, and keeps what went wrong so that the component can show it. */
export function useCommand<C extends CommandName>(name: C): CommandRun<C> {
  const { api } = useWindowContext();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const run = useCallback(
    async (input: CommandInput<C>, progress?: (step: Progress<C>) => void) => {
      setBusy(true);
      setFailure(null);
      try {
        const result = await api.command(name, input, progress);
        if (!result.ok) setFailure(result.failure.message);
        return result;
      } catch {
        const message = words.connection.unreachable;
        setFailure(message);
        return { ok: false, failure: { code: 'failed', message } } as const;
      } finally {
        setBusy(false);
      }
    },
    [api, name],
  );
  return { busy, failure, run };
}
