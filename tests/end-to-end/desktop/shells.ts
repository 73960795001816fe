import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { _electron, type Browser, type ElectronApplication, type Page } from 'playwright-core';
import type { ConfigurationInput, RelayRow } from '../../../proxy/contract/index.ts';
import { catchNotifications, pressFirst, shownNotifications } from '../../renderer/support/caught-notifications.ts';
import { eventually } from '../../renderer/support/eventually.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { mustRun } from '../../support/programs.ts';
import { startService } from '../../support/service.ts';
import { type Screen, startOnStandIn } from './screen.ts';
import type { Switches } from './stand-in/switches.ts';

/** The project's folder, which an unpackaged Electron is told to run. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const cli = join(root, 'dist', 'main', 'cli.js');
const entry = join(root, 'dist', 'main', 'electron.js');

/** Postern with its window, whichever shell shows it. */
export interface RunningShell {
  dataDirectory: string;
  /** Puts a file into the data directory. */
  put(name: string, text: string): void;
  /** Opens a window; the first one may already be open. */
  openWindow(): Promise<Page>;
  /** The relays as `postern status` lists them. */
  relays(): Promise<RelayRow[]>;
  /** Ends the core's process without a warning. */
  killCore(): void;
  /** Starts the core again where nothing else does. */
  startAgain: (() => Promise<void>) | null;
  stop(): Promise<void>;
  /**
   * Has the person told of things through notifications from now on, where that is not so from the start. Null where a
   * test cannot see them.
   */
  notices: ((page: Page) => Promise<Notices>) | null;
  /** What else is visible on a desktop; null in a browser. */
  screen: Screen | null;
  /** The person's home folder, where the shell has one of its own. */
  home?: string;
  /** On the stand-in: makes the tray appear or disappear. */
  setTrayHost?: (isThere: boolean) => void;
}

/** The notifications shown outside the window, by the desktop or the browser. */
export interface Notices {
  shown(): Promise<{ title: string; body: string }[]>;
  /** Clicks on the first one. */
  pressFirst(): Promise<void>;
}

export interface StartOptions {
  /** Without one, this is the first start. */
  configuration?: ConfigurationInput;
  /** An existing one, for an app that starts again. */
  dataDirectory?: string;
  /** More files for the data directory, by name. */
  files?: Record<string, string>;
  args?: string[];
  env?: Record<string, string>;
  /** On the stand-in: what is different or goes wrong. */
  standIn?: Partial<Switches>;
  /** On the stand-in, on Linux: whether the desktop has a tray; `real`: as the session bus in `env` says. */
  trayHost?: boolean | 'real';
}

export interface Shell {
  name: string;
  start(browser: Browser, options?: StartOptions): Promise<RunningShell>;
}

/** A shell whose main process can be asked from outside. */
export interface ElectronShell extends Shell {
  start(browser: Browser, options?: StartOptions): Promise<RunningShell & { electron: ElectronApplication }>;
}

function prepare(options: StartOptions): string {
  const { configuration, files = {}, dataDirectory = join(scratchDirectory('shell'), 'data') } = options;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (configuration) put(dataDirectory, 'config.json', JSON.stringify(configuration));
  for (const [name, text] of Object.entries(files)) put(dataDirectory, name, text);
  return dataDirectory;
}

function put(dataDirectory: string, name: string, text: string): void {
  writeFileSync(join(dataDirectory, name), text, { mode: 0o600 });
}

/** What every shell can do through the files and the command. */
function common(dataDirectory: string) {
  return {
    dataDirectory,
    put: (name: string, text: string) => put(dataDirectory, name, text),
    async relays(): Promise<RelayRow[]> {
      const { stdout } = await mustRun(process.execPath, [cli, 'status', '--json', '--data-dir', dataDirectory]);
      return (JSON.parse(stdout.toString()) as { relays: RelayRow[] }).relays;
    },
    killCore() {
      const { pid } = JSON.parse(readFileSync(join(dataDirectory, 'control.json'), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGKILL');
    },
  };
}

/** The core without a desktop, its window in the browser over HTTP. */
export const headless: Shell = {
  name: 'headless, in a browser',
  async start(browser, options = {}) {
    const dataDirectory = prepare(options);
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
    atEnd(() => context.close());
    const run = () => {
      let link = '';
      return startService(
        process.execPath,
        [cli, 'run', '--json', '--practice-if-new', '--data-dir', dataDirectory, ...(options.args ?? [])],
        {
          isReady: async () => link !== '',
          onStart(child) {
            if (!child.stdout) return;
            createInterface({ input: child.stdout }).on('line', (line) => {
              const { event, window } = JSON.parse(line);
              if (event === 'ready') link = window;
            });
          },
        },
      );
    };
    let service = await run();
    return {
      ...common(dataDirectory),
      async openWindow() {
        const { stdout } = await mustRun(process.execPath, [cli, 'window', '--data-dir', dataDirectory]);
        const page = await context.newPage();
        await page.goto(stdout.toString().trim());
        await page.locator('h1').waitFor();
        return page;
      },
      async startAgain() {
        service = await run();
      },
      async stop() {
        await service.stop();
        await context.close();
      },
      async notices(page) {
        await page.evaluate(catchNotifications, 'granted' as const);
        await page.getByRole('link', { name: /^Settings/ }).click();
        await page.getByText('Notify me').click();
        await eventually(() => page.getByRole('switch', { name: /^Notify me/ }).isChecked()).toBe(true);
        return { shown: () => shownNotifications(page), pressFirst: () => pressFirst(page) };
      },
      screen: null,
    };
  },
};

/**
 * A session bus with or without a tray, which may appear later: the programs that the app asks, in a folder of their
 * own. `dbus-send` answers by whether a file exists, `dbus-monitor` reports when the file appears or disappears.
 */
function sessionBus(isThere: boolean) {
  const folder = scratchDirectory('bus');
  const mark = join(folder, 'host');
  const calls = join(folder, 'signals');
  const program = (name: string, script: string) => writeFileSync(join(folder, name), script, { mode: 0o755 });
  program('dbus-send', `#!/bin/sh\n[ -e ${mark} ] && echo "   boolean true" || echo "   boolean false"\n`);
  program('dbus-monitor', `#!/bin/sh\necho "signal NameAcquired"\nexec tail -n 0 -s 0.05 --pid=$PPID -f ${calls}\n`);
  writeFileSync(calls, '');
  const set = (there: boolean) => {
    if (there) writeFileSync(mark, '');
    else rmSync(mark, { force: true });
    appendFileSync(calls, 'signal time=1 sender=org.freedesktop.DBus member=NameOwnerChanged\n');
  };
  if (isThere) writeFileSync(mark, '');
  return { folder, set };
}

/** The tray app's own code on the stand-in for Electron, with its windows in the same browser. */
export const standIn: Shell = {
  name: 'the tray app, on a stand-in for Electron',
  start: (...given) => startTrayApp(entry, ...given),
};

/** @param file the app's entry: the built one, or a packaged one */
export async function startTrayApp(file: string, browser: Browser, options: StartOptions = {}): Promise<RunningShell> {
  const dataDirectory = prepare(options);
  const home = scratchDirectory('home');
  const { trayHost = true } = options;
  const bus = trayHost === 'real' ? null : sessionBus(trayHost);
  const screen = await startOnStandIn({
    browser,
    entry: file,
    args: ['--data-dir', dataDirectory, ...(options.args ?? [])],
    env: {
      PATH: bus ? `${bus.folder}:${process.env.PATH}` : (process.env.PATH ?? ''),
      HOME: home,
      XDG_SESSION_TYPE: 'x11',
      XDG_CONFIG_HOME: join(home, '.config'),
      ...options.env,
    },
    standIn: options.standIn ?? {},
  });
  let opened = 0;
  return {
    ...common(dataDirectory),
    ...(bus ? { setTrayHost: bus.set } : {}),
    async openWindow() {
      if (opened > 0) await screen.choose('app', 'New window');
      const page = await screen.page(opened);
      opened += 1;
      await page.locator('h1').waitFor();
      return page;
    },
    startAgain: null,
    async stop() {
      void screen.ask({ ask: 'quit' });
      await screen.ended;
    },
    async notices() {
      return {
        shown: async () => screen.notifications.map(({ title, body }) => ({ title, body })),
        async pressFirst() {
          await screen.ask({ ask: 'click-notification', id: screen.notifications[0]?.id ?? 0 });
        },
      };
    },
    screen,
    home,
  };
}

/** Electron's binary, where it is installed; null where it is not. */
export function electronBinary(): string | null {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules', 'electron', 'dist');
  const pathFile = join(dirname(createRequire(import.meta.url).resolve('electron/package.json')), 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  return existsSync(join(folder, name)) ? join(folder, name) : null;
}

/**
 * The tray app on Electron itself. Needs a display; on Linux a virtual one is started where there is none. Chromium's
 * sandbox is on, as the app wants it, so on Linux this does not work as root.
 *
 * @param app the program, and what it is told to run where it is not packaged
 */
export function electronShell(name: string, app: { executablePath: string; args: string[] }): ElectronShell {
  return {
    name,
    async start(_browser, options = {}) {
      const dataDirectory = prepare(options);
      const isHeadless = process.platform === 'linux' && !process.env.DISPLAY;
      const electron = await _electron.launch({
        executablePath: app.executablePath,
        args: [...app.args, '--data-dir', dataDirectory, ...(options.args ?? [])],
        env: {
          ...process.env,
          ...(isHeadless ? { DISPLAY: await virtualDisplay() } : {}),
          ...options.env,
        } as Record<string, string>,
      });
      atEnd(() => electron.close().catch(() => undefined));
      let opened = 0;
      return {
        ...common(dataDirectory),
        electron,
        async openWindow() {
          const coming = opened === 0 ? electron.firstWindow() : electron.waitForEvent('window');
          if (opened > 0) {
            await electron.evaluate(({ Menu }) => {
              const items = Menu.getApplicationMenu()?.items ?? [];
              // On macOS the app's own menu comes first.
              const file = items[process.platform === 'darwin' ? 1 : 0];
              file?.submenu?.items[0]?.click();
            });
          }
          opened += 1;
          const page = await coming;
          await page.locator('h1').waitFor();
          return page;
        },
        startAgain: null,
        stop: () => electron.close(),
        notices: null,
        screen: null,
      };
    },
  };
}

let display: Promise<string> | null = null;
/** An invisible X11 display, shared by all. */
export function virtualDisplay(): Promise<string> {
  display ??= new Promise((resolve, reject) => {
    // Xvfb chooses a free number and writes it to this descriptor.
    const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    atEnd(() => server.kill());
    server.once('error', reject);
    server.stdio[3]?.once('data', (number: Buffer) => resolve(`:${number.toString().trim()}`));
  });
  return display;
}
