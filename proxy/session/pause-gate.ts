import type { StateStore } from '../state/store.ts';
import { untilWoken } from '../state/woken.ts';

/** The person asked that no connections be made, while one was being made. */
export class Paused extends Error {
  override readonly name = 'Paused';
}

/** Every attempt to reach a server waits here while the person has asked that no connections be made. */
export interface PauseGate {
  readonly shut: boolean;
  /** For attempts that begin now: aborts with {@link Paused} when the gate shuts. */
  readonly pausing: AbortSignal;
  /**
   * Waits while the gate is shut.
   *
   * @param milliseconds the longest wait
   * @returns whether it is open
   * @throws the signal's reason
   */
  opened(milliseconds: number, signal: AbortSignal): Promise<boolean>;
}

export function createPauseGate(state: StateStore): PauseGate {
  const isPaused = () => state.get('core', 'core')?.paused ?? false;
  let shutting = new AbortController();
  const waiting = new Set<() => void>();

  function turn(): void {
    if (isPaused() === shutting.signal.aborted) return;
    if (isPaused()) {
      shutting.abort(new Paused());
      return;
    }
    shutting = new AbortController();
    for (const wake of [...waiting]) wake();
  }
  turn();
  state.subscribe(({ table }) => {
    if (table === 'core') turn();
  });

  return {
    get shut() {
      return shutting.signal.aborted;
    },
    get pausing() {
      return shutting.signal;
    },
    opened(milliseconds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (!shutting.signal.aborted) return Promise.resolve(true);
      if (milliseconds <= 0) return Promise.resolve(false);
      return untilWoken(waiting, milliseconds, signal);
    },
  };
}
