// `node scripts/icons.ts`: the app icon and the tray icons as PNG, each from its one source in assets/*.svg.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../tests/renderer/support/window.ts';

const assets = fileURLToPath(new URL('../assets/', import.meta.url));

/** CSS pixels of a tray icon, and the densities that Electron finds by file name. */
const traySize = 16;
const trayScales: [number, string][] = [
  [1, ''],
  [1.5, '@1.5x'],
  [2, '@2x'],
  [3, '@3x'],
];

/** Draws an SVG file at a size and density. @returns a PNG with a transparent background */
async function draw(browser: Browser, file: string, size: number, scale = 1): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size }, deviceScaleFactor: scale });
  const source = (await readFile(file)).toString('base64');
  await page.setContent(
    `<style>body{margin:0}img{display:block;width:${size}px}</style><img src="data:image/svg+xml;base64,${source}">`,
  );
  const png = await page.screenshot({ omitBackground: true });
  await page.close();
  return png;
}

const browser = await launchBrowser();
try {
  // The packager derives the Windows and macOS icons from this one.
  await writeFile(join(assets, 'icon.png'), await draw(browser, join(assets, 'icon.svg'), 1024));
  const tray = join(assets, 'tray');
  for (const name of (await readdir(tray)).filter((each) => each.endsWith('.svg'))) {
    for (const [scale, suffix] of trayScales) {
      const png = await draw(browser, join(tray, name), traySize, scale);
      await writeFile(join(tray, name.replace('.svg', `${suffix}.png`)), png);
    }
  }
} finally {
  await browser.close();
}
