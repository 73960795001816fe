import type { CheckStep } from '../contract/index.ts';

/** What a relay's check has done so far. */
export interface Steps {
  readonly done: readonly CheckStep[];
  /** Adds a step that has just ended, and reports it. It took the time since the one before. */
  note(step: CheckStep['step'], outcome: CheckStep['outcome'], message: string): void;
}

/** @param progress receives each step as it is done */
export function followSteps(relay: string, progress: (step: CheckStep) => void): Steps {
  const done: CheckStep[] = [];
  let since = performance.now();
  return {
    done,
    note(step, outcome, message) {
      const now = performance.now();
      const entry = { relay, step, outcome, message, milliseconds: Math.round(now - since) };
      since = now;
      done.push(entry);
      progress(entry);
    },
  };
}
