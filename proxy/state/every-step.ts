/**
 * Runs clean-up steps one after the other: a failing one does not keep the others from being run.
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
