/**
 * Does what has to be put away, one step after the other: one that fails keeps none of the others from being done.
 *
 * @throws the first error, once all are done
 */
export async function everyStep(steps: Iterable<() => unknown>): Promise<void> {
  let failed: { error: unknown } | null = null;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failed ??= { error };
    }
  }
  if (failed) throw failed.error;
}
