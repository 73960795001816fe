import { expect } from 'vitest';
import { patienceSeconds } from '../../support/patience.ts';

/** Expects something that the window will show eventually, however slow and loaded the machine is. */
export function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: patienceSeconds * 1000 });
}
