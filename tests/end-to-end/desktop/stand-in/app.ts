import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { switches } from './switches.ts';
import { need, only, Preventable, tell, world } from './world.ts';

interface LoginItemQuery {
  path?: string;
  args?: string[];
}

class App extends EventEmitter {
  isPackaged = switches.resources !== null;
  /** Only macOS has a dock (docs/api/app.md, `app.dock`). */
  dock =
    switches.system === 'darwin'
      ? {
          bounce: (type: string) => {
            tell({ kind: 'attention', how: `bounce ${type}` });
            return 1;
          },
          show: async () => tell({ kind: 'dock', shown: true }),
          hide: () => tell({ kind: 'dock', shown: false }),
        }
      : undefined;
  commandLine = {
    hasSwitch: (name: string) => switches.commandLine.includes(name),
  };
  #paths = new Map<string, string>();
  #lock: string | null = null;
  #quitting = false;
  #exiting = false;
  #shutDown = false;
  #exitCode = 0;
  #loginItem: string | null = null;
  /** What a second instance sent before this one was ready (docs/api/app.md:501: reported after `ready`). */
  #early: (() => void)[] = [];
  #resolveReady = () => {};
  #ready = new Promise<void>((resolve) => {
    this.#resolveReady = resolve;
  });

  /** The entry's top level has finished (lib/browser/init.ts: `appCodeLoaded`). */
  becomeReady(): void {
    if (world.isReady) return;
    world.isReady = true;
    this.#resolveReady();
    this.emit('ready');
    for (const hear of this.#early.splice(0)) hear();
  }
  isReady(): boolean {
    return world.isReady;
  }
  whenReady(): Promise<void> {
    return this.#ready;
  }
  enableSandbox(): void {
    need(false, 'enableSandbox');
  }
  setName(): void {}
  setAppUserModelId(id: string): void {
    tell({ kind: 'app-user-model-id', id });
  }
  getAppPath(): string {
    return process.argv[1] ?? '';
  }
  /** docs/api/app.md, `app.setPath`: a folder that is not there is an error. */
  setPath(name: string, path: string): void {
    need(false, 'setPath');
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`);
    this.#paths.set(name, path);
  }
  getPath(name: string): string {
    return this.#paths.get(name) ?? '';
  }

  /**
   * False for a second instance, and also when the lock cannot be obtained, in which case no other instance is notified
   * (shell/browser/api/electron_api_app.cc:1104, LOCK_ERROR and PROFILE_IN_USE).
   */
  requestSingleInstanceLock(data: unknown = null): boolean {
    const folder = this.#paths.get('userData') ?? '';
    try {
      mkdirSync(folder, { recursive: true });
    } catch {
      return false;
    }
    if (switches.lock === 'unavailable') return false;
    const file = join(folder, 'SingletonLock');
    const message = `${file}.message`;
    for (;;) {
      try {
        writeFileSync(file, String(process.pid), { flag: 'wx' });
        this.#lock = file;
        process.on('SIGUSR2', () => {
          const sent = JSON.parse(readFileSync(message, 'utf8'));
          const hear = () => this.emit('second-instance', new Preventable(), [], '', sent);
          if (world.isReady) hear();
          else this.#early.push(hear);
        });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
        try {
          // JSON, as Electron's data is (docs/api/app.md:1072).
          writeFileSync(message, JSON.stringify(data));
          process.kill(Number(readFileSync(file, 'utf8')), 'SIGUSR2');
          return false;
        } catch {
          unlinkSync(file);
        }
      }
    }
  }

  /** docs/api/app.md:1534; `args` matters on Windows (shell/browser/browser_win.cc:728). */
  getLoginItemSettings(query: LoginItemQuery = {}) {
    const item = this.#itemOf(query);
    const isSet = this.#loginItem === item;
    const status = switches.loginItems === 'requires-approval' && this.#loginItem !== null ? 'requires-approval' : '';
    return {
      openAtLogin: isSet && switches.loginItems === 'kept',
      wasOpenedAtLogin: switches.openedAtLogin,
      ...(switches.system === 'darwin' ? { status: status || (isSet ? 'enabled' : 'not-registered') } : {}),
    };
  }
  /** docs/api/app.md:1577: it "may silently fail to take effect". */
  setLoginItemSettings({ openAtLogin, ...query }: LoginItemQuery & { openAtLogin: boolean }): void {
    if (switches.loginItems === 'throws') throw new Error('the login item could not be written');
    if (switches.loginItems === 'refused') return;
    this.#loginItem = openAtLogin ? this.#itemOf(query) : null;
    tell({ kind: 'login-item', item: this.#loginItem });
  }
  #itemOf({ path = process.execPath, args = [] }: LoginItemQuery): string {
    return switches.system === 'win32' ? [path, ...args].join('|') : 'the app';
  }

  /** shell/browser/browser.cc:120 `Browser::Quit`: `before-quit`, the windows, `will-quit`, `quit`. */
  quit(): void {
    if (this.#quitting) return;
    this.#quitting = !this.#prevented('before-quit');
    if (!this.#quitting) return;
    if (world.windows.size === 0) this.#notifyAndShutDown();
    else for (const window of [...world.windows.values()]) window.close();
  }
  /** A window that prevented its closing has cancelled the quit (browser.cc:307). */
  closeWasPrevented(): void {
    this.#quitting = false;
  }
  /** browser.cc:314 `OnWindowAllClosed`. */
  allWindowsClosed(): void {
    if (this.#exiting) this.#shutdown();
    else if (this.#quitting) this.#notifyAndShutDown();
    // lib/browser/init.ts:187: Electron quits unless the app listens.
    else if (!this.emit('window-all-closed')) this.quit();
  }
  #notifyAndShutDown(): void {
    if (this.#prevented('will-quit')) this.#quitting = false;
    else this.#shutdown();
  }
  #prevented(event: string): boolean {
    const details = new Preventable();
    this.emit(event, details);
    return details.defaultPrevented;
  }
  /** browser.cc:139 `Browser::ExitWithCode`: windows are destroyed, not asked; no `before-quit`, no `will-quit`. */
  exit(code = 0): void {
    this.#exitCode = code;
    this.#quitting = true;
    this.#exiting = true;
    if (world.windows.size === 0) this.#shutdown();
    else for (const window of [...world.windows.values()]) window.destroy();
  }
  #shutdown(): void {
    if (this.#shutDown) return;
    this.#shutDown = true;
    this.emit('quit', new Preventable(), this.#exitCode);
    this.leave(this.#exitCode);
  }
  /** What happens to the processes, however the app ended. */
  leave(code: number): void {
    if (this.#lock) unlinkSync(this.#lock);
    for (const child of world.children) child.kill('SIGKILL');
    // Earlier messages are delivered before the end.
    if (process.connected) process.send?.({ kind: 'tray-removed' }, () => process.reallyExit(code));
    else process.reallyExit(code);
  }
  get isQuitting(): boolean {
    return this.#quitting;
  }
}
only(['win32'], App.prototype, 'setAppUserModelId');
only(['win32', 'darwin'], App.prototype, 'getLoginItemSettings', 'setLoginItemSettings');
export const app = new App();

// shell/browser/electron_browser_main_parts_posix.cc, `InstallShutdownSignalHandlers`: the first one quits; the handler is
// then the system's again. The children have no handler (content/app/content_main.cc, `SetupSignalHandlers`).
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => setImmediate(() => app.quit()));

declare global {
  namespace NodeJS {
    interface Process {
      reallyExit(code: number): never;
    }
  }
}
