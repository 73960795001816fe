import { setTimeout as delay } from 'node:timers/promises';

/** Limits work that others may request without limit to a share of one processor. */
export interface ProcessorShare {
  /** Resolves when more of the work may be done. */
  turn(): Promise<void>;
  /** @param milliseconds how long it took of this thread */
  took(milliseconds: number): void;
}

/**
 * @param share of one processor, sustained
 * @param burst what may be spent before the share applies, in milliseconds of work
 */
export function createProcessorShare(share: number, burst: number): ProcessorShare {
  let spent = 0;
  let spentAt = 0;
  return {
    async turn() {
      const now = performance.now();
      spent = Math.max(0, spent - (now - spentAt) * share);
      spentAt = now;
      if (spent > burst) await delay((spent - burst) / share);
    },
    took(milliseconds) {
      spent += milliseconds;
    },
  };
}
