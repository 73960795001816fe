import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../renderer/support/eventually.ts';
import { launchBrowser } from '../../renderer/support/window.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { root } from '../../support/sources.ts';
import { startOnStandIn } from './screen.ts';

// The strictness of the stand-in itself, tested with what the app never does: another app does what Electron forbids.

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const entry = `
import { app, BrowserWindow, ipcMain, Menu, protocol, session, Tray } from 'electron';
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
attempt('a folder that is not there', () => app.setPath('userData', '/nowhere'));
protocol.registerSchemesAsPrivileged([{ scheme: 'postern', privileges: JSON.parse(process.env.PRIVILEGES) }]);
attempt('privileges twice', () => protocol.registerSchemesAsPrivileged([]));
await Promise.resolve();
app.whenReady().then(async () => {
  attempt('privileges too late', () => protocol.registerSchemesAsPrivileged([]));
  attempt('a tray without its image', () => new Tray('/nowhere.png'));
  attempt('an entry of nothing', () => Menu.buildFromTemplate([{ click() {} }]));
  session.defaultSession.protocol.handle('postern', async ({ url }) => {
    if (url.endsWith('/broken')) throw new Error('planted');
    if (url.endsWith('/data')) return new Response('7');
    return new Response('<h1>toy</h1>', { headers: { 'content-type': 'text/html' } });
  });
  ipcMain.handle('echo', (_event, value) => value);
  ipcMain.handle('fail', () => { throw new TypeError('not so'); });
  ipcMain.handle('said', () => said);
  attempt('a second handler', () => ipcMain.handle('echo', () => 1));
  const window = new BrowserWindow({ width: 400, height: 300, webPreferences: { preload: process.env.PRELOAD } });
  await window.loadURL('postern://window/index.html');
  window.show();
  const other = new BrowserWindow({ width: 400, height: 300, webPreferences: { preload: process.env.PRELOAD } });
  const failure = (what, load) => load.then(() => 'passed', ({ code }) => code).then((code) => { said[what] = code; });
  const overtaken = failure('a load that another overtakes', other.loadURL('postern://window/index.html'));
  await failure('a load whose handler throws', other.loadURL('postern://window/broken'));
  await overtaken;
  const left = failure('a load whose window goes', other.loadURL('postern://window/index.html'));
  other.destroy();
  await left;
  attempt('a window that is gone', () => other.show());
  attempt('a page that is gone', () => other.webContents.send('anything'));
  said.done = true;
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
  await eventually(() => inPage(page, 'toy.said()')).toEqual({
    done: true,
    'a folder that is not there': 'Failed to set path: /nowhere does not exist',
    'an entry of nothing': 'Invalid template for MenuItem: must have at least one of label, role or type',
    'a load that another overtakes': 'ERR_ABORTED',
    'a load whose handler throws': 'ERR_UNEXPECTED',
    'a load whose window goes': 'ERR_FAILED',
    'a window that is gone': 'Object has been destroyed',
    'a page that is gone': 'Object has been destroyed',
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
  // The end of a session, or of a terminal, is the same.
  screen.process.kill('SIGTERM');
  expect(await screen.ended).toBe(0);
  const steps = 'before-quit, will-quit, before-quit, will-quit, quit\n';
  await eventually(() => screen.output()).toContain(steps);
});

/** The calls of each class that Electron has on some systems alone, with the systems. */
function platformCalls(): { owner: string; name: string; systems: string[] }[] {
  const types = readFileSync(join(root, 'node_modules/electron/electron.d.ts'), 'utf8');
  const owners = /^ {2}(?:interface|class) (\w+).*\{$([\s\S]*?)^ {2}\}$/gm;
  return [...types.matchAll(owners)].flatMap(([, owner = '', body = '']) =>
    [...body.matchAll(/@platform ([\w,]+)\n {5}\*\/\n {4}(?:readonly )?(\w+)\(/g)].map(
      ([, systems = '', name = '']) => ({
        ...{ owner, name },
        systems: systems.split(','),
      }),
    ),
  );
}

test.each(['linux', 'darwin', 'win32'] as const)(
  '%s: what Electron has on other systems alone is not there',
  async (system) => {
    const file = join(scratchDirectory('owners'), 'entry.mjs');
    writeFileSync(
      file,
      `import { app, BrowserWindow, Tray } from 'electron';
const names = (prototype) => prototype === Object.prototype ? [] : [...Object.getOwnPropertyNames(prototype), ...names(Object.getPrototypeOf(prototype))];
console.log(JSON.stringify({ App: names(Object.getPrototypeOf(app)), BrowserWindow: names(BrowserWindow.prototype), Tray: names(Tray.prototype) }));
app.exit(0);
`,
    );
    const screen = await startOnStandIn({ browser, entry: file, args: [], standIn: { system } });
    expect(await screen.ended).toBe(0);
    const there = JSON.parse(screen.output()) as Record<string, string[]>;
    const calls = platformCalls().filter(
      ({ owner, name }) => !/^(?:on|once|off|addListener|removeListener)$/.test(name) && owner in there,
    );
    expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['setAppUserModelId', 'displayBalloon']));
    const elsewhere = calls.filter(({ systems }) => !systems.includes(system));
    expect(elsewhere.filter(({ owner, name }) => there[owner]?.includes(name))).toEqual([]);
    const here = calls.filter(({ systems }) => systems.includes(system)).map(({ name }) => name);
    if (system === 'win32') expect(here.filter((name) => there.App?.includes(name))).toContain('setAppUserModelId');
  },
);
