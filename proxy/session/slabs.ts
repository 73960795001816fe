/** Buffers of one size, shared by sessions. An idle session has none. */
export interface Slabs {
  readonly bytes: number;
  take(): Buffer;
  putBack(slab: Buffer): void;
}

/**
 * @param bytes the size of each
 * @param max how many are kept for the next burst; the others go
 */
export function createSlabs(bytes: number, max: number): Slabs {
  const free: Buffer[] = [];
  return {
    bytes,
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(bytes),
    putBack(slab) {
      if (free.length < max) free.push(slab);
    },
  };
}
