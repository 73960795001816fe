import { expect } from 'vitest';

/** Expects something that the window will show eventually, however slow and loaded the machine is. */
export function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 60_000 });
}
