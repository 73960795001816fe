import { setTimeout as delay } from 'node:timers/promises';

/** Work that others may ask for without end gets a share of one processor at most. */
export interface ProcessorShare {
  /** Resolves when more of it may be done. */
  turn(): Promise<void>;
  /** @param milliseconds that it took of this thread */
  took(milliseconds: number): void;
}

/**
 * @param share of one processor, for long
 * @param burst what may be spent before the share counts, in milliseconds of work
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
