import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Vitest's global set-up: in watch mode, what runs the built product runs what has just been written. */
export default function setup(project: TestProject): void {
  project.onTestsRerun(async () => {
    const { ensureBuilt } = await import(new URL('../../scripts/workspace.mjs', import.meta.url).href);
    ensureBuilt();
    // Nor is the window shown that an earlier turn has built (`tests/renderer/support/window.ts`).
    rmSync(join(tmpdir(), 'window'), { recursive: true, force: true });
  });
}
