import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { atEnd } from '../../support/clean-up.ts';
import type {
  Ask,
  Fetched,
  FromApp,
  ShownBox,
  ShownEntry,
  ShownTray,
  ToApp,
  WindowSettings,
} from './stand-in/messages.ts';
import type { Switches } from './stand-in/switches.ts';

/** What the browser sees as the window's origin: a secure origin of the app's own, as with its own scheme. */
const pageOrigin = 'http://window.postern.localhost';
const appOrigin = 'postern://window';

const toApp = (url: string) => url.replace(pageOrigin, appOrigin);
/** shell/browser/electron_browser_main_parts.cc:288: an unhandled rejection is a warning in the main process. */
const asElectron = ['--unhandled-rejections=warn-with-error-code'];
const inPage = readFileSync(new URL('stand-in/in-page.js', import.meta.url), 'utf8');

/** A window of the app on the screen. */
export interface ScreenWindow {
  id: number;
  page: Page;
  settings: WindowSettings;
  /** The last thing done to it. */
  state: 'loading' | 'shown' | 'minimised' | 'hidden';
  /** Whether its menu bar is visible without pressing a key. */
  menuBar: boolean;
  hasPreload?: boolean;
  /** The app itself asked for the next navigation. */
  isFirst?: boolean;
}

/** What a person in front of the computer sees of the app, and can do with it. */
export interface Screen {
  process: ChildProcess;
  windows: Map<number, ScreenWindow>;
  tray: ShownTray | null;
  /** How many times a click on the icon opened its menu. */
  trayMenuOpened: number;
  menu: ShownEntry[];
  notifications: { id: number; title: string; body: string }[];
  balloons: { title: string; content: string }[];
  /** Other ways the app has drawn attention to itself: the dock, the task bar. */
  attention: string[];
  /** The message boxes shown so far. */
  boxes: ShownBox[];
  /** The login item that the system has stored; null for none. */
  loginItem: string | null;
  appUserModelId: string;
  /** How many windows should have been minimised on a desktop without that state. */
  minimisesIgnored: number;
  /** Folders and files that the app asked the system to open. */
  opened: string[];
  errors: string[];
  /** The process id of the running core. */
  corePid: number;
  /** Problems reported by the pages: errors, violated policies. */
  complaints: string[];
  ask(question: Ask): Promise<unknown>;
  /** Waits until this holds; checked whenever the app sends a message. */
  until<T>(look: (screen: Screen) => T | null | undefined | false): Promise<T>;
  /** The page of the window with this index, counted from 0. */
  page(order?: number): Promise<Page>;
  /** Chooses the menu entry with this label. */
  choose(menu: 'tray' | 'app', label: string | RegExp): Promise<void>;
  /** What the app wrote to its error output. */
  output(): string;
  /** Resolves with the exit code when the app has ended. */
  ended: Promise<number | null>;
}

export interface ScreenOptions {
  browser: Browser;
  /** The app's entry file, `dist/main/electron.js`, in whichever folder it is. */
  entry: string;
  args: string[];
  env?: Record<string, string>;
  /** What is different or goes wrong on this desktop. */
  standIn?: Partial<Switches>;
}

/** Starts the app on the stand-in for Electron and shows its windows in a real Chromium. */
export async function startOnStandIn({ browser, entry, args, env = {}, standIn = {} }: ScreenOptions): Promise<Screen> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
  const runner = fileURLToPath(new URL('stand-in/run.ts', import.meta.url));
  const child = spawn(process.execPath, [...asElectron, runner, entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env, STAND_IN: JSON.stringify(standIn) },
  });
  const calls = new Map<number, (answer: Extract<FromApp, { kind: 'answer' }>) => void>();
  const watching = new Set<() => void>();
  let lastCall = 0;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }

  const screen: Screen = {
    process: child,
    windows: new Map(),
    tray: null,
    trayMenuOpened: 0,
    menu: [],
    notifications: [],
    balloons: [],
    attention: [],
    boxes: [],
    loginItem: null,
    appUserModelId: '',
    minimisesIgnored: 0,
    opened: [],
    errors: [],
    corePid: 0,
    complaints: [],
    ask: (question) =>
      new Promise((resolve, reject) => {
        lastCall += 1;
        const call = lastCall;
        if (!child.connected) return resolve(undefined);
        calls.set(call, ({ value, error }) => (error === undefined ? resolve(value) : reject(new Error(error))));
        child.send({ call, ...question } satisfies ToApp);
      }),
    until: (look) =>
      new Promise((resolve) => {
        const check = () => {
          const found = look(screen);
          if (!found) return;
          watching.delete(check);
          resolve(found);
        };
        watching.add(check);
        check();
      }),
    page: (order = 0) =>
      screen.until(({ windows }) => {
        const window = [...windows.values()][order];
        return window?.state !== 'loading' && window?.page;
      }),
    async choose(menu, label) {
      const path = await screen.until(() => pathTo(menu === 'app' ? screen.menu : (screen.tray?.menu ?? []), label));
      await screen.ask({ ask: 'choose', menu, path });
    },
    output: () => output,
    ended: once(child, 'exit').then(([code]) => code as number | null),
  };

  /** Messages are handled one by one: a window exists before anything is sent to it. */
  let queue = Promise.resolve();
  child.on('message', (message: FromApp) => {
    if (message.kind === 'answer') {
      calls.get(message.call)?.(message);
      calls.delete(message.call);
      return;
    }
    queue = queue
      .then(() => take(screen, context, message))
      .catch((error: unknown) => void screen.errors.push(String(error)))
      .then(() => {
        for (const check of [...watching]) check();
      });
  });
  child.on('exit', () => {
    for (const answer of calls.values()) answer({ kind: 'answer', call: 0 });
    for (const check of [...watching]) check();
  });
  const closed = screen.ended.then(() => context.close()).catch(() => undefined);
  atEnd(() => {
    child.kill('SIGKILL');
    return closed;
  });
  return screen;
}

async function take(screen: Screen, context: BrowserContext, message: FromApp): Promise<void> {
  switch (message.kind) {
    case 'window': {
      const { id, settings } = message;
      const page = await context.newPage();
      screen.windows.set(id, { id, settings, page, state: 'loading', menuBar: !settings.autoHideMenuBar });
      await prepare(screen, page, id);
      break;
    }
    case 'load': {
      const window = screen.windows.get(message.id);
      if (!window) return;
      if (!window.hasPreload) {
        window.hasPreload = true;
        await window.page.addInitScript(
          `${inPage}\nif (window.top === window) withElectron((require, module, window, globalThis) => {${message.preload}\n});`,
        );
      }
      window.isFirst = true;
      const loaded = await window.page.goto(message.url.replace(appOrigin, pageOrigin)).catch(() => null);
      // Not awaited: the app responds to this by showing the window.
      void screen.ask({ ask: loaded ? 'loaded' : 'failed', id: message.id, load: message.load });
      break;
    }
    case 'shown': {
      const window = screen.windows.get(message.id);
      if (!window || message.how === 'focus') return;
      window.state = message.how === 'minimize' ? 'minimised' : message.how === 'hide' ? 'hidden' : 'shown';
      break;
    }
    case 'minimise-ignored': {
      screen.minimisesIgnored += 1;
      const window = screen.windows.get(message.id);
      if (window?.state === 'loading') window.state = 'shown';
      break;
    }
    case 'menu-bar': {
      const window = screen.windows.get(message.id);
      if (window) window.menuBar = message.shown;
      break;
    }
    case 'crashed':
      await screen.windows.get(message.id)?.page.goto('about:blank');
      break;
    case 'closed': {
      const window = screen.windows.get(message.id);
      screen.windows.delete(message.id);
      await window?.page.close();
      break;
    }
    case 'to-window': {
      const { id, channel, args } = message;
      // A page that is being closed receives nothing more.
      await screen.windows
        .get(id)
        ?.page.evaluate(([name, values]) => (globalThis as never as InPage).fromApp(name, values), [
          channel,
          args,
        ] as const)
        .catch(() => undefined);
      break;
    }
    case 'tray':
      screen.tray = message;
      break;
    case 'tray-removed':
      screen.tray = null;
      break;
    case 'tray-menu-opened':
      screen.trayMenuOpened += 1;
      break;
    case 'balloon':
      screen.balloons.push(message);
      break;
    case 'attention':
      screen.attention.push(message.how);
      break;
    case 'message-box':
      screen.boxes.push(message);
      break;
    case 'login-item':
      screen.loginItem = message.item;
      break;
    case 'app-user-model-id':
      screen.appUserModelId = message.id;
      break;
    case 'menu':
      screen.menu = message.menu;
      break;
    case 'notification':
      screen.notifications.push(message);
      break;
    case 'opened':
      screen.opened.push(message.what);
      break;
    case 'error-box':
      screen.errors.push(`${message.title}: ${message.content}`);
      break;
    case 'core':
      screen.corePid = message.pid;
  }
}

interface InPage {
  fromApp(channel: string, args: unknown[]): void;
}

/** Sets up around this page what Electron sets up around a page. */
async function prepare(screen: Screen, page: Page, id: number): Promise<void> {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') screen.complaints.push(message.text());
  });
  page.on('pageerror', (error) => screen.complaints.push(String(error)));
  await page.exposeBinding('standIn', ({ frame }, ask: 'invoke' | 'send', channel: string, args: unknown[]) =>
    screen.ask({ ask, id, channel, args, url: toApp(frame.url()), framed: frame.parentFrame() !== null }),
  );
  await page.route('**/*', async (route) => {
    const request = route.request();
    const navigates = request.isNavigationRequest();
    const window = screen.windows.get(id);
    if (navigates && !window?.isFirst && !(await screen.ask({ ask: 'may-navigate', id, url: toApp(request.url()) }))) {
      return route.abort('aborted');
    }
    // Before the document's first script runs, as in Electron.
    if (navigates) await screen.ask({ ask: 'navigated', id, url: toApp(request.url()) });
    if (navigates && window) window.isFirst = false;
    await fulfil(screen, route);
  });
  page.on('popup', async (popup) => {
    if (!(await screen.ask({ ask: 'may-open', id, url: toApp(popup.url()) }))) await popup.close();
  });
  page.on('download', async (download) => {
    if (!(await screen.ask({ ask: 'may-download', url: toApp(download.url()) }))) await download.cancel();
  });
}

async function fulfil(screen: Screen, route: Route): Promise<void> {
  const request = route.request();
  const fetched = (await screen.ask({
    ask: 'fetch',
    url: toApp(request.url()),
    method: request.method(),
    resource: request.resourceType(),
  })) as Fetched | null | undefined;
  if (!fetched) return route.abort('blockedbyclient');
  await route.fulfill({ status: fetched.status, headers: fetched.headers, body: Buffer.from(fetched.body) });
}

/** The path to the first menu entry with this label. */
function pathTo(entries: ShownEntry[], label: string | RegExp): number[] | null {
  for (const [index, entry] of entries.entries()) {
    if (typeof label === 'string' ? entry.label === label : label.test(entry.label)) return [index];
    const below = pathTo(entry.children, label);
    if (below) return [index, ...below];
  }
  return null;
}
