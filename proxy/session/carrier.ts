import type { Socket } from 'node:net';
import { release } from '../net/release.ts';
import type { Slabs } from './slabs.ts';

/** Carries one direction, holding back the sender while the receiver cannot keep up. It gives its chunks away. */
export interface Carrier {
  /** Gathers a chunk with the others of this turn of the event loop. */
  gather(chunk: Buffer): void;
  /** Passes a chunk on at once. */
  pass(chunk: Buffer): void;
  /** Writes what has been gathered. */
  flush(): void;
  /** True when nothing that was gathered waits to be written. */
  readonly empty: boolean;
}

/**
 * Whatever is gathered in one turn of the event loop goes out as one write of a slab: a system call for each chunk, and
 * memory that has to be garbage-collected, are what makes a relay slow.
 *
 * @param from is not read while `holdAbove` bytes or more wait at `to`, and then not until all of them are written
 */
export function carrier(from: Socket, to: Socket, slabs: Slabs, holdAbove: number): Carrier {
  let slab: Buffer | null = null;
  let gathered = 0;
  let turnEnds = false;

  function hold(): void {
    if (to.writableLength >= holdAbove) from.pause();
  }
  /**
   * A turn later: Node reports a finished write between two turns, and what it had read ahead would be written on its
   * own, before more could be read.
   */
  function readOn(): void {
    if (to.writableLength > 0 || !from.isPaused()) return;
    setImmediate(() => {
      if (to.writableLength === 0) from.resume();
    });
  }
  function flush(): void {
    const full = slab;
    if (!full) return;
    slab = null;
    to.write(full.subarray(0, gathered), () => {
      slabs.putBack(full);
      readOn();
    });
    gathered = 0;
  }
  function endOfTurn(): void {
    turnEnds = false;
    flush();
    hold();
  }
  return {
    flush,
    gather(chunk) {
      for (let start = 0; start < chunk.length; ) {
        slab ??= slabs.take();
        const copied = chunk.copy(slab, gathered, start);
        gathered += copied;
        start += copied;
        if (gathered === slabs.bytes) flush();
      }
      release(chunk);
      hold();
      if (turnEnds) return;
      turnEnds = true;
      setImmediate(endOfTurn);
    },
    pass(chunk) {
      const keepsUp = to.write(chunk, () => {
        release(chunk);
        readOn();
      });
      if (!keepsUp) from.pause();
    },
    get empty() {
      return slab === null;
    },
  };
}
