import fc from 'fast-check';

/**
 * Has a reader read what was fine once: any byte of it changed, and then cut anywhere.
 *
 * @param read checks what comes of it
 */
export function expectOfMangled(fine: Buffer, read: (bytes: Buffer) => void, numRuns: number): void {
  fc.assert(
    fc.property(fc.nat(fine.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(fine.length), (at, flip, length) => {
      const changed = Buffer.from(fine);
      changed[at] = (changed[at] ?? 0) ^ flip;
      read(changed);
      read(changed.subarray(0, length));
    }),
    { numRuns },
  );
}
