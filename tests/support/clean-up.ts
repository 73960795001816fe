import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Whatever a test file has started is ended after its last test, in reverse order, whether the tests pass or fail. */
const actions: (() => Promise<unknown> | unknown)[] = [];

/** Runs this when the test file has finished. An error fails the file, after all the other actions have run. */
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
 * A new directory, removed at the end. Its path is short (the name of a Unix socket holds about 100 bytes), and it is
 * open to other users of this computer because mail servers change their user.
 */
export function scratchDirectory(purpose: string): string {
  const directory = mkdtempSync(join(tmpdir(), `postern-${purpose}-`));
  atEnd(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return directory;
}
