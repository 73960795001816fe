import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed and path. */
export interface Random {
  /** A whole number from 0 to `end` - 1. */
  below(end: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  bytes(length: number): Buffer;
}

/**
 * @param path what the numbers are for; each path has a stream of its own, so that one reader never disturbs another
 */
export function createRandom(seed: number, ...path: (number | string)[]): Random {
  // sfc32, a small generator by Chris Doty-Humphrey, started from a hash.
  const start = createHash('sha256')
    .update(`${seed}/${path.join('/')}`)
    .digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => start.readInt32LE(at)) as [number, number, number, number];
  const next = () => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + mixed) | 0;
    return mixed >>> 0;
  };
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end);
  return {
    below,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick<T>(list: readonly T[]): T {
      return list[below(list.length)] as T;
    },
    bytes(length) {
      const bytes = Buffer.alloc(length);
      let at = 0;
      for (; at + 4 <= length; at += 4) bytes.writeUInt32LE(next(), at);
      for (; at < length; at += 1) bytes[at] = next() & 0xff;
      return bytes;
    },
  };
}
