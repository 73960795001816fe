// `node scripts/screenshots.ts [NAME ...]`: pictures of every page in every state, in light and dark, narrow and wide, into
// dist/screenshots/ for review. Those that a document shows go to docs/screenshots/ as well.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { FakeCore } from '../tests/renderer/support/fake-core.ts';
import { views } from '../tests/renderer/support/views/index.ts';
import { prepareWindows } from '../tests/renderer/support/window.ts';

const directory = fileURLToPath(new URL('../dist/screenshots/', import.meta.url));
const shown = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));

/** Some minutes of traffic in a moment: this script controls the page's clock. */
async function letMailMove(page: Page, { store }: FakeCore): Promise<void> {
  await page.clock.install();
  await page.reload();
  await page.locator('h1').waitFor();
  const bursts = [0, 0, 3, 9, 2, 0, 0, 0, 1, 4, 30, 22, 5, 1, 0, 0, 0, 2, 2, 6, 1, 0, 0, 12, 3];
  for (let step = 0; step < 100; step += 1) {
    const size = (bursts[step % bursts.length] ?? 0) * 9_000;
    const row = store.get('sessions', 's1');
    store.patch('sessions', 's1', {
      bytesDown: (row?.bytesDown ?? 0) + size,
      bytesUp: (row?.bytesUp ?? 0) + Math.round(size / (step % 7 === 3 ? 1.2 : 14)),
    });
    // The change has to arrive before the window reads it.
    await new Promise((resolve) => setTimeout(resolve, 15));
    await page.clock.runFor(5_000);
  }
}

/** The whole page: otherwise what sticks to the window's edge would be in the middle of it. */
async function pictureOf(page: Page, width: number): Promise<Buffer> {
  await page.setViewportSize({ width, height: 800 });
  for (let round = 0; round < 3; round += 1) {
    const height = await page.evaluate(() => {
      window.scrollTo(0, 0);
      return document.documentElement.scrollHeight;
    });
    await page.setViewportSize({ width, height: Math.min(height, 8_000) });
    // Two frames: what depends on the size is drawn in the second.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  }
  return page.screenshot();
}

// The window is built again: what an earlier run left in the usual temporary directory may be out of date.
const own = await mkdtemp(join(tmpdir(), 'postern-screenshots-'));
process.env.TMPDIR = own;
const windows = await prepareWindows();
await mkdir(directory, { recursive: true });
const wanted = process.argv.slice(2);
try {
  for (const view of views.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const core = view.core();
      const { page } = await windows.open(view.where, core, { colorScheme, viewport: { width: 1200, height: 800 } });
      // The overview is the picture in the README: with traffic to look at.
      await (view.name === 'overview' ? letMailMove(page, core) : view.prepare?.(page, core));
      for (const width of [1200, 480]) {
        const png = await pictureOf(page, width);
        const file = `${view.name}-${colorScheme}-${width}.png`;
        await writeFile(join(directory, file), png);
        if (existsSync(join(shown, file))) await writeFile(join(shown, file), png);
      }
    }
  }
} finally {
  await windows.closeAll();
  await rm(own, { recursive: true });
}
