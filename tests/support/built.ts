import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/**
 * Vitest's global set-up. In watch mode, a change rebuilds the product, so that tests which run it run the new code.
 */
export default function setup(project: TestProject): void {
  project.onTestsRerun(async () => {
    const { ensureBuilt } = await import(new URL('../../scripts/workspace.mjs', import.meta.url).href);
    ensureBuilt();
    // Remove the window built by an earlier turn as well (`tests/renderer/support/window.ts`).
    rmSync(join(tmpdir(), 'window'), { recursive: true, force: true });
  });
}
