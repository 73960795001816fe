import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * What a test file has started is ended after its last test, in reverse order, whatever became of the tests.
 */
const actions: (() => Promise<unknown> | unknown)[] = [];

/** Does this once the test file is over. What throws fails the file, after everything else has been done. */
export function atEnd(action: () => Promise<unknown> | unknown): void {
  actions.push(action);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (const action of actions.splice(0).reverse()) {
    try {
      await action();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'clean-up failed');
});

/**
 * A new directory with a short path (the name of a Unix socket holds about 100 bytes), open to other users of this
 * computer as mail servers change theirs, and removed at the end.
 */
export function scratchDirectory(purpose: string): string {
  const directory = mkdtempSync(join(tmpdir(), `postern-${purpose}-`));
  atEnd(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return directory;
}
