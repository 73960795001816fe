import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { launchBrowser } from '../../renderer/support/window.ts';
import { measurements } from './measurements.ts';
import { scenarios } from './scenarios.ts';
import { electronBinary, electronShell, headless, root, standIn } from './shells.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

// Without Electron's binary its run is not part of the suite; `npm test` says so at the end. The same goes for root,
// because Chromium has no sandbox for root.
const binary = process.getuid?.() === 0 ? null : electronBinary();
const real =
  binary === null ? null : electronShell('the tray app, on Electron', { executablePath: binary, args: [root] });

describe.each([headless, standIn, ...(real ? [real] : [])])('$name', (shell) => scenarios(shell, () => browser));
// On the stand-in these would be its own, and no Electron's.
if (real) describe(real.name, () => measurements(real));
