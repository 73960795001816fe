/** Lets each thing through only once per period. */
export interface Throttle {
  /** @returns true unless this was already let through within the period. */
  admit(key: string): boolean;
}

/** How many keys are remembered; a server that invents refusals cannot fill the memory. */
const maxKeys = 1000;

/** @param milliseconds between two with the same key */
export function createThrottle(milliseconds: number, now: () => number): Throttle {
  const last = new Map<string, number>();
  return {
    admit(key) {
      const time = now();
      for (const [known, at] of last) if (time - at >= milliseconds) last.delete(known);
      if (last.has(key) || last.size >= maxKeys) return false;
      last.set(key, time);
      return true;
    },
  };
}
