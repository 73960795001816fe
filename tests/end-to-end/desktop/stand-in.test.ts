import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { launchBrowser } from '../../renderer/support/window.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { startOnStandIn } from './screen.ts';

// The strictness of the stand-in itself, tested with what the app never does: another app does what Electron forbids.

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const entry = `
import { app, BrowserWindow, ipcMain, protocol, session, Tray } from 'electron';
const steps = [];
for (const step of ['before-quit', 'will-quit', 'quit']) {
  app.on(step, (event) => {
    steps.push(step);
    if (steps.length === 2) event.preventDefault();
    if (step === 'quit') console.log(steps.join(', '));
  });
}
const said = {};
const attempt = (what, action) => {
  try {
    action();
    said[what] = 'passed';
  } catch (error) {
    said[what] = error.message;
  }
};
attempt('a tray too early', () => new Tray('anything.png'));
protocol.registerSchemesAsPrivileged([{ scheme: 'postern', privileges: JSON.parse(process.env.PRIVILEGES) }]);
attempt('privileges twice', () => protocol.registerSchemesAsPrivileged([]));
await Promise.resolve();
app.whenReady().then(async () => {
  attempt('privileges too late', () => protocol.registerSchemesAsPrivileged([]));
  attempt('a tray without its image', () => new Tray('/nowhere.png'));
  session.defaultSession.protocol.handle('postern', async ({ url }) =>
    url.endsWith('/data') ? new Response('7') : new Response('<h1>toy</h1>', { headers: { 'content-type': 'text/html' } }),
  );
  ipcMain.handle('echo', (_event, value) => value);
  ipcMain.handle('fail', () => { throw new TypeError('not so'); });
  ipcMain.handle('said', () => said);
  attempt('a second handler', () => ipcMain.handle('echo', () => 1));
  const window = new BrowserWindow({ width: 400, height: 300, webPreferences: { preload: process.env.PRELOAD } });
  await window.loadURL('postern://window/index.html');
  window.show();
});
`;
const preload = `
const { contextBridge, ipcRenderer } = require('electron');
globalThis.ofThePreload = true;
let loaded = 'passed';
try { require('fs'); } catch (error) { loaded = error.message; }
contextBridge.exposeInMainWorld('toy', {
  loaded,
  echo: (value) => ipcRenderer.invoke('echo', value),
  fail: () => ipcRenderer.invoke('fail'),
  said: () => ipcRenderer.invoke('said'),
  seesPage: () => typeof globalThis.ofThePage,
  seesDocument: () => globalThis.document.title,
});
`;

async function toy(privileges: object) {
  const folder = scratchDirectory('toy');
  const files = { entry: join(folder, 'entry.mjs'), preload: join(folder, 'preload.cjs') };
  writeFileSync(files.entry, entry);
  writeFileSync(files.preload, preload);
  const env = { PRELOAD: files.preload, PRIVILEGES: JSON.stringify(privileges) };
  const screen = await startOnStandIn({ browser, entry: files.entry, args: [], env });
  return { screen, page: await screen.page() };
}

/** The value of an expression in the page, or the message of its error. */
const inPage = (page: Page, words: string): Promise<unknown> =>
  page.evaluate(`(async () => ${words})().catch((error) => 'threw: ' + error.message)`);

test('two worlds: globals stay where they are, what crosses is copied, errors come in Electron’s words', async () => {
  const { page } = await toy({ standard: true, secure: true, supportFetchAPI: true });
  const results: Record<string, unknown> = {
    'globalThis.ofThePreload': undefined,
    '(globalThis.ofThePage = 1, toy.seesPage())': 'undefined',
    '(document.title = "shared", toy.seesDocument())': 'shared',
    'toy.loaded': 'a sandboxed preload cannot load fs',
    '(Reflect.set(toy, "loaded", 1), toy.loaded)': 'a sandboxed preload cannot load fs',
    'toy.echo({ a: [1, { b: 2 }] }).then(({ a }) => a[1].b)': 2,
    'toy.echo(new (class Odd { a = 1 })()).then((odd) => odd.constructor.name + odd.a)': 'Object1',
    'toy.fail()': "threw: Error invoking remote method 'fail': Error: TypeError: not so",
    'fetch("/data").then((answer) => answer.text())': '7',
  };
  for (const [words, result] of Object.entries(results))
    expect([words, await inPage(page, words)]).toEqual([words, result]);
  expect(await inPage(page, 'toy.echo(() => 1)')).toMatch(/^threw: .*could not be cloned/s);
  expect(await inPage(page, 'toy.said()')).toEqual({
    'a tray too early': 'Tray before the app is ready',
    'privileges twice': 'registerSchemesAsPrivileged can be called once',
    'privileges too late': 'registerSchemesAsPrivileged after the app is ready',
    'a tray without its image': "Failed to load image from path '/nowhere.png'",
    'a second handler': "Attempted to register a second handler for 'echo'",
  });
});

test('a scheme has the privileges that it was given; quitting goes by its steps, and can be prevented', async () => {
  const { page, screen } = await toy({ standard: true, secure: true });
  expect(await inPage(page, 'fetch("/data").then((answer) => answer.text())')).toMatch(/^threw: /);

  // docs/api/app.md, 'before-quit', 'will-quit', 'quit': in this order, and who prevents the second one stays, windowless.
  await screen.ask({ ask: 'quit' });
  await screen.until(({ windows }) => windows.size === 0);
  void screen.ask({ ask: 'quit' });
  expect(await screen.ended).toBe(0);
  const steps = 'before-quit, will-quit, before-quit, will-quit, quit\n';
  await vi.waitFor(() => expect(screen.output()).toContain(steps), { timeout: 60_000 });
});
