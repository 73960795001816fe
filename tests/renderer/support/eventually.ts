import { expect } from 'vitest';

/** Expects something of the window that comes to be, however slow and loaded the machine. */
export function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 60_000 });
}
