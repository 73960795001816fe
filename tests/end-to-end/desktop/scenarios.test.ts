import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { launchBrowser } from '../../renderer/support/window.ts';
import { scenarios } from './scenarios.ts';
import { electronBinary, headless, realElectron, standIn } from './shells.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

// Where Electron's binary is missing its run is not part of the suite; `npm test` says so at its end.
const binary = electronBinary();
const shells = [headless, standIn, ...(binary === null ? [] : [realElectron(binary)])];

describe.each(shells)('$name', (shell) => scenarios(shell, () => browser));
