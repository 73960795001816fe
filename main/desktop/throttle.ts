/** Lets each thing through once in a while. */
export interface Throttle {
  /** @returns true when this was not let through within the time. */
  admit(key: string): boolean;
}

/** Keys that are kept in mind; a server that makes up refusals cannot fill the memory. */
const maxKeys = 1000;

/** @param milliseconds between two of the same key */
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
