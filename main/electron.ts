import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  dialog,
  ipcMain,
  Menu,
  Notification,
  powerMonitor,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { dataDirectoryPath, prepareDataDirectory } from '../proxy/config/data-directory.ts';
import type { ShellState } from '../proxy/contract/index.ts';
import { harmlessEnvironment } from './cli/environment.ts';
import { appMenu } from './desktop/app-menu.ts';
import { readDesktopArguments } from './desktop/arguments.ts';
import type { MenuAction } from './desktop/menu-model.ts';
import { watchNetwork } from './desktop/network.ts';
import { readDesktopSettings, saveDesktopSettings } from './desktop/settings-file.ts';
import type { CoreView } from './desktop/standing.ts';
import { hasTrayHost } from './desktop/tray-host.ts';
import { scheme } from './desktop/window-url.ts';
import { words } from './desktop/words.ts';
import { listWindowFiles } from './http/window-files.ts';
import { answerWindows, type ShellRequests } from './ipc.ts';
import { createLoginItem } from './login-item.ts';
import { createNotifications, type Notice } from './notifications.ts';
import { type CoreChild, startProxyProcess } from './proxy-process.ts';
import { createTray } from './tray.ts';
import { startUpdater, type UpdateSource } from './updater.ts';
import { confine, createWindows, shutSession } from './window.ts';

// The tray app, put together. What it decides is in main/desktop, in pure functions.

const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Gathered for this long before the tray looks at the state anew, in milliseconds. */
const traySettles = 100;
/** Not every system tells that a notification has gone. */
const maxOnScreen = 20;

app.enableSandbox();
app.on('web-contents-created', (_event, contents) => confine(contents));
protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
app.setName(words.product);
app.setAppUserModelId('org.postern.Postern');

const given = readDesktopArguments(process.argv);
const dataDirectory = await dataDirectoryPath(given.dataDirectory ?? undefined);
// What Chromium keeps lies with everything else of Postern, and there is one app for each data directory.
app.setPath('userData', join(dataDirectory, 'window'));
if (app.requestSingleInstanceLock()) {
  app.whenReady().then(start).catch(giveUp);
} else {
  app.exit(0);
}

function giveUp(error: unknown): void {
  dialog.showErrorBox(words.problem.cannotStart, error instanceof Error ? error.message : String(error));
  app.exit(1);
}

async function start(): Promise<void> {
  await prepareDataDirectory(dataDirectory);
  const { version } = JSON.parse(readFileSync(beside('../../package.json'), 'utf8')) as { version: string };
  const [files, trayIsShown, stored] = await Promise.all([
    listWindowFiles(beside('../renderer')),
    hasTrayHost(process.platform),
    readDesktopSettings(dataDirectory),
  ]);
  let settings = stored;
  let quitting = false;
  shutSession(session.defaultSession, files);

  const core = startProxyProcess({ fork: forkCore, dataDirectory, version });
  const command = process.env.APPIMAGE ? [process.env.APPIMAGE] : [process.execPath];
  if (!app.isPackaged) command.push(app.getAppPath());
  if (given.dataDirectory !== null) command.push('--data-dir', dataDirectory);
  const loginItem = createLoginItem(process.platform, app, command);
  const updater = startUpdater(await updateSource());

  const tray = trayIsShown ? createTray(beside('../../assets/tray'), act) : null;
  const windows = createWindows({
    preload: beside('preload.cjs'),
    icon: beside('../../assets/icon.png'),
    onClose(window) {
      if (quitting) return false;
      if (tray) {
        notifications.stillRunning();
        return false;
      }
      // Without a tray the task bar is the only way back.
      window.minimize();
      return true;
    },
  });
  const notifications = createNotifications(showNotice);
  const onScreen = new Set<Notification>();

  function act(action: MenuAction): void {
    if (action.kind === 'open') windows.open(action.place);
    else if (action.kind === 'quit') app.quit();
    else void core.command(action.kind, {});
  }

  function showNotice({ title, body, place }: Notice): void {
    if (!settings.notifications || !Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    // One that nobody holds may be collected, and hears no click then.
    onScreen.add(notification);
    notification.on('click', () => windows.open(place));
    notification.on('close', () => onScreen.delete(notification));
    notification.show();
    const [oldest] = onScreen;
    if (oldest && onScreen.size > maxOnScreen) onScreen.delete(oldest);
  }

  const view = (): CoreView => ({
    status: core.status.status,
    paused: core.rows('core')[0]?.paused ?? false,
    relays: core.rows('relays'),
    questions: core.rows('questions'),
  });
  let settling = false;
  const showSoon = () => {
    if (settling) return;
    settling = true;
    setTimeout(() => {
      settling = false;
      tray?.show(view());
    }, traySettles);
  };
  core.subscribe((message) => {
    if (message.kind === 'changes') notifications.hear(message.changes);
    showSoon();
  });
  core.onRestarted(() => notifications.restarted());

  async function shellState(): Promise<ShellState> {
    return {
      version,
      dataFolder: dataDirectory,
      startAtLogin: await loginItem.isSet(),
      notifications: Notification.isSupported() ? settings.notifications : null,
      updates: updater.state(),
    };
  }
  const requests: ShellRequests = {
    read: shellState,
    async change({ startAtLogin, notifications: wanted }) {
      try {
        if (startAtLogin !== undefined) await loginItem.set(startAtLogin);
        if (wanted !== undefined) {
          settings = { ...settings, notifications: wanted };
          await saveDesktopSettings(dataDirectory, settings);
        }
      } catch (error) {
        throw new Error(words.problem.loginItem(String((error as NodeJS.ErrnoException).code ?? error)));
      }
      return shellState();
    },
    async openDataFolder() {
      const problem = await shell.openPath(dataDirectory);
      if (problem !== '') throw new Error(words.problem.dataFolder(problem));
    },
    licences: () =>
      readFile(beside('../licences.txt'), 'utf8').catch(() => {
        throw new Error(words.problem.licences);
      }),
  };
  answerWindows(ipcMain, core, requests, (contents) => windows.has(contents));

  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      appMenu(process.platform, { newWindow: () => windows.openAnother(), quit: () => app.quit() }),
    ),
  );
  app.on('second-instance', () => windows.open());
  app.on('activate', () => windows.open());
  // Closing the last window ends nothing: mail goes on.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    if (quitting) return;
    event.preventDefault();
    quitting = true;
    updater.stop();
    stopWatching();
    tray?.remove();
    void core.stop().finally(() => app.quit());
  });

  // Nothing is dialled anew by itself: a mail program that wants something will ask. What was refused for want of the
  // old network is no news any more.
  const elsewhere = () => void core.command('networkChanged', {});
  powerMonitor.on('resume', elsewhere);
  const stopWatching = watchNetwork(networkInterfaces, elsewhere);

  const openedAtLogin = process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (!given.hidden && !openedAtLogin) windows.open();
  else if (!tray) windows.openMinimised();
}

function forkCore(): CoreChild {
  const child = utilityProcess.fork(beside('core-process.js'), [], {
    serviceName: 'Postern core',
    env: harmlessEnvironment(process.env),
    stdio: 'inherit',
  });
  return {
    postMessage: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', listener),
    kill: () => void child.kill(),
  };
}

/** electron-updater, where this app was packaged with the address of a feed. */
async function updateSource(): Promise<UpdateSource | null> {
  if (!app.isPackaged || !existsSync(join(process.resourcesPath, 'app-update.yml'))) return null;
  const { default: updater } = await import('electron-updater');
  return updater.autoUpdater;
}
