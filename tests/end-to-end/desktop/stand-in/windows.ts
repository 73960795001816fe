import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { app } from './app.ts';
import type { WindowSettings } from './messages.ts';
import { switches } from './switches.ts';
import { need, nextId, only, Preventable, type StandInWindow, tell, world } from './world.ts';

/** Whether this desktop is Wayland: Electron runs natively there (docs/breaking-changes.md:659). */
const isWayland = () =>
  switches.system === 'linux' &&
  process.env.XDG_SESSION_TYPE === 'wayland' &&
  !switches.commandLine.includes('ozone-platform');

/** What has been destroyed answers one question: whether it is (shell/common/gin_helper/trackable_object). */
function alive(object: { isDestroyed(): boolean }): void {
  if (object.isDestroyed()) throw new TypeError('Object has been destroyed');
}

export class WebContents extends EventEmitter {
  readonly id: number;
  #loading = true;
  #crashed = false;
  #url = '';
  #preload: string;
  #load = 0;
  #waiting: { resolve(): void; reject(error: Error): void } | null = null;
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  constructor(id: number, preload: string) {
    super();
    this.id = id;
    this.#preload = preload;
  }
  send(channel: string, ...args: unknown[]): void {
    alive(this);
    // What cannot be cloned throws (docs/api/web-contents.md, `contents.send`); a crashed page receives nothing.
    const copies = structuredClone(args);
    if (!this.#crashed) tell({ kind: 'to-window', id: this.id, channel, args: copies });
  }
  isDestroyed(): boolean {
    return !world.windows.has(this.id);
  }
  isCrashed(): boolean {
    return this.#crashed;
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
  /**
   * lib/browser/api/web-contents.ts, `_awaitNextLoad`: rejects when it fails, another load begins, or the window goes. Nobody
   * has to hear of that: the rejection counts as handled.
   */
  load(url: string): Promise<void> {
    this.#abandon('ERR_ABORTED', -3);
    this.#crashed = false;
    this.#loading = true;
    this.#url = url;
    const loaded = new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    loaded.catch(() => undefined);
    this.#load += 1;
    tell({ kind: 'load', id: this.id, load: this.#load, url, preload: this.#preload });
    return loaded;
  }
  #abandon(code: string, errno: number): void {
    const error = new Error(`${code} (${errno}) loading '${this.#url}'`);
    this.#waiting?.reject(Object.assign(error, { code, errno, url: this.#url }));
    this.#waiting = null;
  }
  /** lib/browser/api/protocol.ts: what a scheme's handler throws ends the load with this. */
  failed(load: number): void {
    if (load !== this.#load) return;
    this.#loading = false;
    this.emit('did-fail-load', new Preventable(), -9, 'ERR_UNEXPECTED', this.#url, true);
    this.#abandon('ERR_UNEXPECTED', -9);
  }
  destroyed(): void {
    this.emit('destroyed');
    this.#abandon('ERR_FAILED', -2);
  }
  reload(): void {
    void this.load(this.#url);
  }
  /** docs/api/web-contents.md, 'render-process-gone': the window stays, blank, until it is loaded again. */
  crash(reason: string): void {
    this.#crashed = true;
    tell({ kind: 'crashed', id: this.id });
    this.emit('render-process-gone', new Preventable(), { reason, exitCode: 1 });
  }
  navigated(url: string): void {
    this.#url = url;
    this.#loading = true;
    this.emit('did-navigate', new Preventable(), url);
  }
  /** @param load which one: one that was overtaken says nothing of the next */
  loaded(load: number): void {
    if (load !== this.#load) return;
    this.#loading = false;
    this.emit('did-finish-load');
    this.#waiting?.resolve();
    this.#waiting = null;
  }
}

/** A window without a page. */
export class BaseWindow extends EventEmitter implements StandInWindow {
  protected readonly id = nextId();
  constructor(_settings: object = {}) {
    super();
    need(true, 'BaseWindow');
    world.windows.set(this.id, this);
  }
  isDestroyed(): boolean {
    return !world.windows.has(this.id);
  }
  close(): void {
    const event = new Preventable();
    this.emit('close', event);
    if (event.defaultPrevented) app.closeWasPrevented();
    else this.destroy();
  }
  destroy(): void {
    if (!world.windows.delete(this.id)) return;
    this.emit('closed');
    if (world.windows.size === 0) app.allWindowsClosed();
  }
}

type Shown = 'show' | 'minimize' | 'restore' | 'focus' | 'hide';

export class BrowserWindow extends BaseWindow {
  readonly webContents: WebContents;
  #minimised = false;
  #visible = false;
  #isLoaded = false;
  #isReady = false;
  constructor(settings: WindowSettings & { webPreferences: { preload: string } }) {
    super();
    const { width, height, webPreferences, autoHideMenuBar = false } = settings;
    this.webContents = new WebContents(this.id, readFileSync(webPreferences.preload, 'utf8'));
    app.emit('web-contents-created', new Preventable(), this.webContents);
    tell({ kind: 'window', id: this.id, settings: { width, height, webPreferences, autoHideMenuBar } });
  }
  static getAllWindows(): BrowserWindow[] {
    return [...world.windows.values()].filter((window) => window instanceof BrowserWindow);
  }
  async loadURL(url: string): Promise<void> {
    alive(this);
    await this.webContents.load(url);
    this.#isLoaded = true;
    this.#drawn();
  }
  /** On Wayland a hidden window is never drawn, and so never ready (electron/electron#48859). */
  #drawn(): void {
    if (this.#isLoaded && !this.#isReady && !this.isDestroyed() && (this.#visible || !isWayland())) {
      this.#isReady = true;
      this.emit('ready-to-show');
    }
  }
  #shown(how: Shown): void {
    alive(this);
    if (how === 'minimize') {
      // docs/api/browser-window.md:288: on Wayland "minimized" is not a state: nothing reports that it worked, and
      // `isMinimized` stays false.
      if (isWayland()) {
        tell({ kind: 'minimise-ignored', id: this.id });
        return;
      }
      this.#minimised = true;
    }
    if (how === 'restore' || how === 'show') this.#minimised = false;
    this.#visible = how === 'hide' ? false : this.#visible || how === 'show' || how === 'restore';
    tell({ kind: 'shown', id: this.id, how });
    this.#drawn();
  }
  show(): void {
    this.#shown('show');
  }
  showInactive(): void {
    this.#shown('show');
  }
  hide(): void {
    this.#shown('hide');
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
    alive(this);
    return this.#minimised;
  }
  isVisible(): boolean {
    return this.#visible;
  }
  isFocused(): boolean {
    alive(this);
    return this.#visible && !this.#minimised;
  }
  flashFrame(flag: boolean): void {
    alive(this);
    if (flag) tell({ kind: 'attention', how: 'flash' });
  }
  setAutoHideMenuBar(hide: boolean): void {
    alive(this);
    tell({ kind: 'menu-bar', id: this.id, shown: !hide });
  }
  setMenuBarVisibility(visible: boolean): void {
    alive(this);
    tell({ kind: 'menu-bar', id: this.id, shown: visible });
  }
  override destroy(): void {
    if (this.isDestroyed()) return;
    world.windows.delete(this.id);
    tell({ kind: 'closed', id: this.id });
    this.webContents.destroyed();
    world.windows.set(this.id, this);
    super.destroy();
  }
}
only(['win32', 'linux'], BrowserWindow.prototype, 'setAutoHideMenuBar', 'setMenuBarVisibility');
