import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ask, Fetched, FromApp, ShownEntry, ToApp, WindowSettings } from './messages.ts';

/**
 * A stand-in for the part of Electron's API that the app uses, for a machine without Electron's binary. The app's own
 * code runs on it unchanged; its windows are shown by a real Chromium on the other end of Node's process channel.
 * Where Electron is strict about order (before `ready`, after it) this is strict too.
 */

const tell = (message: FromApp) => {
  if (process.connected) process.send?.(message);
};

/** An event that a listener can prevent from having its usual effect. */
class Preventable {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

// Electron says where a packaged app lies; Node has no such thing.
Object.assign(process, { resourcesPath: process.env.STAND_IN_RESOURCES ?? '' });

let isReady = false;
function need(ready: boolean, what: string): void {
  if (isReady !== ready) throw new Error(`${what} ${ready ? 'before' : 'after'} the app is ready`);
}

class App extends EventEmitter {
  isPackaged = process.env.STAND_IN_RESOURCES !== undefined;
  #paths = new Map<string, string>();
  #lock: string | null = null;
  #ready = new Promise<void>((resolve) => {
    // Electron becomes ready when the entry's top level is done: no earlier than a turn after the lock was asked for.
    this.once('stand-in-ready', () => {
      isReady = true;
      this.emit('ready');
      resolve();
    });
  });
  enableSandbox(): void {
    need(false, 'enableSandbox');
    this.emit('stand-in-sandboxed');
  }
  setName(): void {}
  setAppUserModelId(): void {}
  getAppPath(): string {
    return process.argv[1] ?? '';
  }
  setPath(name: string, path: string): void {
    need(false, 'setPath');
    this.#paths.set(name, path);
  }
  requestSingleInstanceLock(): boolean {
    setImmediate(() => this.emit('stand-in-ready'));
    const folder = this.#paths.get('userData') ?? '';
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'SingletonLock');
    for (;;) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' });
        this.#lock = file;
        process.on('SIGUSR2', () => this.emit('second-instance', new Preventable(), [], ''));
        return true;
      } catch {
        try {
          process.kill(Number(readFileSync(file, 'utf8')), 'SIGUSR2');
          return false;
        } catch {
          unlinkSync(file);
        }
      }
    }
  }
  whenReady(): Promise<void> {
    return this.#ready;
  }
  getLoginItemSettings() {
    return { openAtLogin: false, wasOpenedAtLogin: false };
  }
  setLoginItemSettings(): void {}
  quit(): void {
    const event = new Preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of [...windows.values()]) window.close();
    if (windows.size === 0) this.exit(0);
  }
  exit(code: number): void {
    if (this.#lock) unlinkSync(this.#lock);
    for (const child of children) child.kill('SIGKILL');
    // What was told before is delivered before the end.
    if (process.connected) process.send?.({ kind: 'tray-removed' }, () => process.exit(code));
    else process.exit(code);
  }
}
export const app = new App();
const children = new Set<ChildProcess>();
const windows = new Map<number, BrowserWindow>();
let lastId = 0;

class WebContents extends EventEmitter {
  readonly id: number;
  #loading = true;
  #url = '';
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  constructor(id: number) {
    super();
    this.id = id;
  }
  send(channel: string, ...args: unknown[]): void {
    tell({ kind: 'to-window', id: this.id, channel, args: structuredClone(args) });
  }
  isDestroyed(): boolean {
    return !windows.has(this.id);
  }
  isLoadingMainFrame(): boolean {
    return this.#loading;
  }
  getURL(): string {
    return this.#url;
  }
  setWindowOpenHandler(handler: typeof this.openHandler): void {
    this.openHandler = handler;
  }
  navigated(url: string): void {
    this.#url = url;
    this.#loading = true;
    this.emit('did-navigate', new Preventable(), url);
  }
  loaded(): void {
    this.#loading = false;
    this.emit('did-finish-load');
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents;
  #minimised = false;
  #preload: string;
  constructor({ width, height, webPreferences }: WindowSettings & { webPreferences: { preload: string } }) {
    super();
    need(true, 'BrowserWindow');
    lastId += 1;
    this.webContents = new WebContents(lastId);
    this.#preload = readFileSync(webPreferences.preload, 'utf8');
    windows.set(lastId, this);
    app.emit('web-contents-created', new Preventable(), this.webContents);
    tell({ kind: 'window', id: lastId, settings: { width, height, webPreferences } });
  }
  async loadURL(url: string): Promise<void> {
    const loaded = once(this.webContents, 'did-finish-load');
    tell({ kind: 'load', id: this.webContents.id, url, preload: this.#preload });
    await loaded;
    this.emit('ready-to-show');
  }
  #shown(how: 'show' | 'minimize' | 'restore' | 'focus'): void {
    this.#minimised = how === 'minimize' || (this.#minimised && how === 'focus');
    tell({ kind: 'shown', id: this.webContents.id, how });
  }
  show(): void {
    this.#shown('show');
  }
  focus(): void {
    this.#shown('focus');
  }
  minimize(): void {
    this.#shown('minimize');
  }
  restore(): void {
    this.#shown('restore');
  }
  isMinimized(): boolean {
    return this.#minimised;
  }
  close(): void {
    const event = new Preventable();
    this.emit('close', event);
    if (event.defaultPrevented) return;
    const { id } = this.webContents;
    windows.delete(id);
    tell({ kind: 'closed', id });
    this.webContents.emit('destroyed');
    this.emit('closed');
    // Electron quits when its last window is closed, unless the app listens.
    if (windows.size === 0 && !app.emit('window-all-closed')) app.quit();
  }
}

type Handler = (event: unknown, ...args: unknown[]) => unknown;
const handlers = new Map<string, Handler>();
class IpcMain extends EventEmitter {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`a second handler for ${channel}`);
    handlers.set(channel, handler);
  }
}
export const ipcMain = new IpcMain();

interface MenuTemplate {
  label?: string;
  role?: string;
  type?: string;
  enabled?: boolean;
  click?: () => void;
  submenu?: MenuTemplate[];
}
export class Menu {
  readonly template: MenuTemplate[];
  constructor(template: MenuTemplate[]) {
    this.template = template;
  }
  static buildFromTemplate(template: MenuTemplate[]): Menu {
    return new Menu(template);
  }
  static setApplicationMenu(menu: Menu): void {
    menus.app = menu;
    tell({ kind: 'menu', menu: shown(menu) });
  }
}
const menus: { tray: Menu | null; app: Menu | null } = { tray: null, app: null };

function shown(menu: Menu): ShownEntry[] {
  const entry = ({ label, role, type, enabled = true, submenu = [] }: MenuTemplate): ShownEntry => ({
    // As it is drawn: one ampersand marks a key, two are one.
    label: (label ?? role ?? '').replace(/&(&?)/g, '$1'),
    enabled,
    separator: type === 'separator',
    children: submenu.map(entry),
  });
  return menu.template.map(entry);
}

export const nativeImage = {
  createFromPath(path: string) {
    const isPng = readFileSync(path).subarray(1, 4).toString() === 'PNG';
    if (!isPng) throw new Error(`${path} is no image`);
    return path;
  },
};

export class Tray extends EventEmitter {
  #icon: string;
  #tooltip = '';
  constructor(icon: string) {
    super();
    need(true, 'Tray');
    if (process.env.STAND_IN_NO_TRAY === '1') throw new Error('there is no tray');
    this.#icon = icon;
    tray = this;
    this.#tell();
  }
  #tell(): void {
    const icon = /([^/]+)\.png$/.exec(this.#icon)?.[1] ?? '';
    tell({ kind: 'tray', icon, tooltip: this.#tooltip, menu: menus.tray ? shown(menus.tray) : [] });
  }
  setImage(icon: string): void {
    this.#icon = icon;
    this.#tell();
  }
  setToolTip(tooltip: string): void {
    this.#tooltip = tooltip;
    this.#tell();
  }
  setContextMenu(menu: Menu): void {
    menus.tray = menu;
    this.#tell();
  }
  destroy(): void {
    tray = null;
    tell({ kind: 'tray-removed' });
  }
}
let tray: Tray | null = null;

const notifications = new Map<number, Notification>();
export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }
  readonly #what: { title: string; body: string };
  constructor(what: { title: string; body: string }) {
    super();
    this.#what = what;
  }
  show(): void {
    lastId += 1;
    notifications.set(lastId, this);
    tell({ kind: 'notification', id: lastId, ...this.#what });
  }
}

export const powerMonitor = new EventEmitter();
export const shell = {
  async openPath(path: string) {
    tell({ kind: 'opened', what: path });
    return '';
  },
};
export const dialog = {
  showErrorBox: (title: string, content: string) => tell({ kind: 'error-box', title, content }),
};

const schemes = new Map<string, (request: Request) => Promise<Response>>();
export const protocol = {
  registerSchemesAsPrivileged: () => need(false, 'registerSchemesAsPrivileged'),
};
const rules = {
  permission: (_contents: unknown, _permission: string, decide: (is: boolean) => void) => decide(true),
  request: (_details: { url: string }, decide: (answer: { cancel?: boolean }) => void) => decide({}),
};
class Session extends EventEmitter {
  protocol = {
    handle(scheme: string, handler: (request: Request) => Promise<Response>) {
      need(true, 'protocol.handle');
      schemes.set(scheme, handler);
    },
  };
  webRequest = {
    onBeforeRequest(listener: typeof rules.request) {
      rules.request = listener;
    },
  };
  setPermissionRequestHandler(handler: typeof rules.permission): void {
    rules.permission = handler;
  }
  setPermissionCheckHandler(): void {}
  setDevicePermissionHandler(): void {}
  setDisplayMediaRequestHandler(): void {}
}
export const session = { defaultSession: new Session() };

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  constructor(file: string, args: string[], env: Record<string, string>) {
    super();
    const execArgv = ['--import', fileURLToPath(new URL('parent-port.ts', import.meta.url))];
    const child = fork(file, args, { execArgv, env, serialization: 'advanced', stdio: ['ignore', 2, 2, 'ipc'] });
    this.#child = child;
    children.add(child);
    child.on('message', (message) => this.emit('message', message));
    child.on('exit', (code) => {
      children.delete(child);
      this.emit('exit', code ?? 1);
    });
    tell({ kind: 'core', pid: child.pid ?? 0 });
  }
  postMessage(message: unknown): void {
    this.#child.send(structuredClone(message) as object);
  }
  kill(): boolean {
    return this.#child.kill();
  }
}
export const utilityProcess = {
  fork(file: string, args: string[], { env }: { env: Record<string, string> }) {
    need(true, 'utilityProcess.fork');
    return new UtilityProcess(file, args, env);
  },
};

async function answer(message: Ask): Promise<unknown> {
  const contents = (id: number) => windows.get(id)?.webContents;
  const prevented = (emitter: EventEmitter, event: string, ...args: unknown[]) => {
    const details = Object.assign(new Preventable(), typeof args[0] === 'object' ? {} : { url: args[0] });
    emitter.emit(event, details, ...args);
    return details.defaultPrevented;
  };
  switch (message.ask) {
    case 'fetch':
      return fetchFromApp(message.url, message.method);
    case 'invoke':
    case 'send': {
      const sender = contents(message.id);
      const event = { sender, senderFrame: { url: message.url, parent: message.framed ? {} : null } };
      if (message.ask === 'send') return void ipcMain.emit(message.channel, event, ...message.args);
      return structuredClone(await handlers.get(message.channel)?.(event, ...message.args));
    }
    case 'navigated':
      return contents(message.id)?.navigated(message.url);
    case 'loaded':
      return contents(message.id)?.loaded();
    case 'may-navigate': {
      const sender = contents(message.id);
      return sender ? !prevented(sender, 'will-navigate', message.url) : false;
    }
    case 'may-open':
      return contents(message.id)?.openHandler({ url: message.url }).action !== 'deny';
    case 'may-download':
      return !prevented(session.defaultSession, 'will-download', { getURL: () => message.url });
    case 'may-use':
      return new Promise((resolve) => rules.permission(null, message.permission, resolve));
    case 'close':
      return windows.get(message.id)?.close();
    case 'click-tray':
      return void tray?.emit('click');
    case 'choose': {
      let entries = menus[message.menu]?.template ?? [];
      let chosen: MenuTemplate | undefined;
      for (const index of message.path) {
        chosen = entries[index];
        entries = chosen?.submenu ?? [];
      }
      return void chosen?.click?.();
    }
    case 'click-notification':
      return void notifications.get(message.id)?.emit('click');
    case 'resume':
      return void powerMonitor.emit('resume');
    case 'quit':
      return app.quit();
  }
}

async function fetchFromApp(url: string, method: string): Promise<Fetched | null> {
  const { cancel } = await new Promise<{ cancel?: boolean }>((resolve) => rules.request({ url }, resolve));
  const handler = schemes.get(new URL(url).protocol.slice(0, -1));
  if (cancel || !handler) return null;
  const response = await handler(new Request(url, { method }));
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

process.on('message', (message: ToApp) => {
  answer(message).then(
    (value) => tell({ kind: 'answer', call: message.call, value }),
    (error: unknown) => tell({ kind: 'answer', call: message.call, error: String(error) }),
  );
});
// The test that started this has gone.
process.on('disconnect', () => app.exit(1));
