import fc from 'fast-check';

/**
 * Gives a reader input that used to be valid: with any one byte changed, and then also cut off anywhere.
 *
 * @param read reads the input and checks the result
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
