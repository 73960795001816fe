import { existsSync } from 'node:fs';
import { mkdtemp, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { build } from 'vite';
import { needBrowser } from '../../support/needs.ts';
import { patienceSeconds } from '../../support/patience.ts';
import { createFakeCore, type FakeCore } from './fake-core.ts';
import { type FakeShell, startFakeShell } from './fake-http.ts';
import { busyStore } from './fake-state.ts';

/**
 * The window, built as it is shipped, by the first test file of this run that needs it.
 *
 * @returns the directory, which is removed with the run's other temporary files (`leftovers.ts`)
 */
async function builtWindow(): Promise<string> {
  const directory = join(tmpdir(), 'window');
  if (existsSync(directory)) return directory;
  const own = await mkdtemp(join(tmpdir(), 'window-'));
  await build({
    configFile: fileURLToPath(new URL('../../../renderer/vite.config.ts', import.meta.url)),
    logLevel: 'error',
    build: { outDir: own, emptyOutDir: true },
  });
  // Another file may have been faster: both have built the same.
  await rename(own, directory).catch((error: unknown) => {
    if (!existsSync(directory)) throw error;
  });
  return directory;
}

/**
 * A real browser, or only its engine (`needBrowser`), without the browser features that have nothing to do with the
 * page.
 */
export async function launchBrowser(wanted: Parameters<typeof needBrowser>[0] = 'page'): Promise<Browser> {
  const browser = await chromium.launch({
    timeout: patienceSeconds * 1000,
    executablePath: needBrowser(wanted),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return browser.on('context', (context) => context.setDefaultTimeout(patienceSeconds * 1000));
}

/** What a person can read there: without hidden text, and with line breaks. */
export function read(part: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: the text as it is laid out is what is asked for
  return part.innerText();
}

/** Unfolds the line of an account without problems on the overview, so that its relays are visible. */
export async function unfold(page: Page, account: string): Promise<void> {
  await page.getByRole('region', { name: account, exact: true }).locator('summary').first().click();
}

/** An open window on a fake core, with everything that it complained about. */
export interface OpenWindow {
  page: Page;
  core: FakeCore;
  shell: FakeShell;
  /** Errors and warnings of the console, violated policies, uncaught exceptions. */
  complaints: string[];
}

/** Opens windows, one at a time: whatever the last test left open is closed before the next begins. */
export interface Windows {
  open(where?: string, core?: FakeCore, options?: BrowserContextOptions): Promise<OpenWindow>;
  closeAll(): Promise<void>;
}

export async function prepareWindows(): Promise<Windows> {
  const directory = await builtWindow();
  const browser = await launchBrowser();
  let last: { shell: FakeShell; context: BrowserContext } | null = null;
  async function closeLast(): Promise<void> {
    const closing = last;
    last = null;
    await closing?.context.close();
    await closing?.shell.close();
  }
  return {
    async open(where = '#/overview', core = createFakeCore(busyStore()), options = {}) {
      await closeLast();
      const shell = await startFakeShell(directory, core);
      const context = await browser.newContext({
        viewport: { width: 1200, height: 800 },
        reducedMotion: 'reduce',
        locale: 'en-GB',
        ...options,
      });
      last = { shell, context };
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(`${shell.url}${where}`);
      await page.locator('h1').waitFor();
      return { page, core, shell, complaints };
    },
    async closeAll() {
      await closeLast();
      await browser.close();
    },
  };
}
