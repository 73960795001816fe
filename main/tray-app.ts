import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BaseWindow, dialog, ipcMain, Menu, Notification, powerMonitor, session, shell } from 'electron';
import { createClosing } from './closing.ts';
import { forkCore } from './core-child.ts';
import { coreView } from './core-view.ts';
import { appMenu } from './desktop/app-menu.ts';
import type { DesktopArguments } from './desktop/arguments.ts';

import type { MenuAction } from './desktop/menu-model.ts';
import { watchNetwork } from './desktop/network.ts';
import { openingConsent } from './desktop/opening-consent.ts';
import { type DesktopSettings, readDesktopSettings, saveDesktopSettings } from './desktop/settings-file.ts';
import { desktopOf } from './desktop/surroundings.ts';
import { watchTrayHost } from './desktop/tray-host.ts';
import { waitForEnd } from './desktop/wait-for-end.ts';
import { words } from './desktop/words.ts';
import { listWindowFiles } from './http/window-files.ts';
import { answerWindows } from './ipc.ts';
import { createLoginItem } from './login-item.ts';
import { createNoticeBoard } from './notice-board.ts';
import { createNotifications } from './notifications.ts';
import { startProxyProcess } from './proxy-process.ts';
import { createShellRequests } from './shell-requests.ts';
import { answerInstance } from './single-instance.ts';
import { openToldDevices } from './told-devices.ts';
import { createTray, type PosternTray } from './tray.ts';
import { type Manifest, updateSource } from './update-source.ts';
import { startUpdater } from './updater.ts';
import { createWindows, shutSession } from './window.ts';

// The tray app, assembled. Its decisions are pure functions in main/desktop.

const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Changes are gathered for this long before the tray is redrawn, in milliseconds. */
const traySettles = 100;
/** Windows kills an app that holds up the end of a session for five seconds (milliseconds). */
const logOffWithin = 4000;

export interface TrayAppOptions {
  dataDirectory: string;
  /** Where Chromium and this instance's lock keep their files. */
  folder: string;
  given: DesktopArguments;
}

/** Starts the tray app. Electron is ready, and this instance has the data directory. */
export async function startTrayApp({ dataDirectory, folder, given }: TrayAppOptions): Promise<void> {
  const manifest = JSON.parse(readFileSync(beside('../../package.json'), 'utf8')) as Manifest;
  const { version } = manifest;
  const system = process.platform;
  const desktop = desktopOf({
    ...{ system, environment: process.env, isPackaged: app.isPackaged, execPath: process.execPath },
    hasSwitch: (name) => app.commandLine.hasSwitch(name),
    appPath: app.getAppPath(),
  });
  // All awaiting happens before this point. The rest is synchronous, so that nothing can call, or quit, a
  // half-assembled app.
  const [files, host, stored, told, source] = await Promise.all([
    listWindowFiles(beside('../renderer')),
    watchTrayHost(system),
    readDesktopSettings(dataDirectory),
    openToldDevices(dataDirectory, (why) => core.fault(why)),
    updateSource(manifest, desktop.isPortable),
  ]);
  let settings = stored;
  let quitting = false;
  shutSession(session.defaultSession, files);

  const core = startProxyProcess({ fork: () => forkCore(beside('core-process.js')), dataDirectory, version });
  // An uncaught error would show a dialog that blocks the app; mail goes on without the shell's help.
  process.on('uncaughtException', (error) => core.fault(error));
  process.on('unhandledRejection', (error) => core.fault(error));
  const command = [...desktop.command, ...(given.dataDirectory === null ? [] : ['--data-dir', dataDirectory])];
  const loginItem = createLoginItem(system, app, { ...desktop, command });
  const updater = startUpdater(source);

  const newTray = () =>
    createTray({
      image: (standing) => join(beside('../../assets/tray'), `${desktop.icon(standing)}.png`),
      clickOpensWindow: desktop.clickOpensWindow,
      act,
    });
  let tray: PosternTray | null = host.isThere ? newTray() : null;
  let putAway = () => {};
  host.onChange((isThere) => {
    if (quitting) return;
    tray?.remove();
    tray = isThere ? newTray() : null;
    tray?.show(view());
    windows.showMenuBar(!tray);
    if (tray) putAway();
  });

  const windows = createWindows({
    preload: beside('preload.cjs'),
    icon: beside('../../assets/icon.png'),
    hasMenuBar: () => !tray,
    drawsHidden: desktop.drawsHidden,
    onFailed(error) {
      if (error !== undefined) core.fault(error);
      notifications.windowFailed();
    },
    onClose: (window) => !quitting && closing(window),
  });
  const board = createNoticeBoard({
    Notification,
    how: desktop.notices,
    readsMarkup: system === 'linux',
    balloon(notice) {
      if (system !== 'win32' || !tray) return false;
      tray.balloon(notice);
      return true;
    },
    attract() {
      app.dock?.bounce('informational');
      if (system !== 'darwin') windows.flash();
    },
    open: (place) => windows.open(place),
  });
  const notifications = createNotifications((notice) => {
    if (!settings.notifications || quitting) return false;
    board.show(notice);
    return !board.hasFailed;
  }, told);
  const closing = createClosing({
    hasTray: () => tray !== null,
    minimises: desktop.minimises,
    explained: settings.closingExplained,
    async explain(window) {
      const { title, detail, keep, quit } = words.closing;
      const options = {
        message: title,
        detail: detail(desktop.minimises),
        buttons: [keep, quit],
        defaultId: 0,
        cancelId: 0,
      };
      return (await dialog.showMessageBox(window, options)).response === 1 ? 'quit' : 'keep';
    },
    remember() {
      void keep({ ...settings, closingExplained: true }).catch((error: unknown) => core.fault(error));
    },
    stillRunning: () => notifications.stillRunning(),
    quit: () => app.quit(),
  });

  /** In force even where it cannot be written. */
  function keep(next: DesktopSettings): Promise<void> {
    settings = next;
    return saveDesktopSettings(dataDirectory, next);
  }

  function act(action: MenuAction): void {
    if (action.kind === 'open') windows.open(action.place);
    else if (action.kind === 'quit') app.quit();
    else void pauseOrResume(action.kind);
  }

  async function pauseOrResume(what: 'pause' | 'resume'): Promise<void> {
    const done = await core.command(what, {});
    if (!done.ok) notifications.notDone(what, done.failure.message);
  }

  const view = () => coreView(core);

  let settling = false;
  core.subscribe((message) => {
    if (message.kind === 'changes') notifications.hear(message.changes);
    if (message.kind === 'core' && message.status === 'gone' && !quitting) notifications.notRunning(message.reason);
    if (settling) return;
    settling = true;
    setTimeout(() => {
      settling = false;
      if (!quitting) tray?.show(view());
    }, traySettles);
  });
  core.onRestarted(() => notifications.restarted());
  core.onStopped(() => app.quit());

  const requests = createShellRequests({
    ...{ version, dataDirectory, system, loginItem, board, updater, openPath: shell.openPath },
    licencesFile: beside('../licences.txt'),
    settings: () => settings,
    keep,
  });
  const openPage = (page: string) => void shell.openExternal(page).catch((error: unknown) => core.fault(error));
  answerWindows(ipcMain, openingConsent(core, openPage), requests, (contents) => windows.has(contents));

  Menu.setApplicationMenu(
    Menu.buildFromTemplate(appMenu(system, { newWindow: () => windows.openAnother(), quit: () => app.quit() })),
  );
  app.on('second-instance', (_event, _argv, _folder, data) => {
    // An instance that starts while this one is ending waits for it, and then starts.
    if (quitting) return;
    void answerInstance(folder, data).catch((error: unknown) => core.fault(error));
    windows.open();
  });
  app.on('activate', () => {
    if (!quitting) windows.open();
  });
  // Closing the last window does not quit: mail goes on.
  app.on('window-all-closed', () => undefined);
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    // Asked again: quits at once, but each connection is told.
    if (quitting) return void core.leave();
    quitting = true;
    updater.stop();
    stopWatching();
    host.stop();
    tray?.remove();
    tray = null;
    void core.stop().finally(() => {
      stopped = true;
      app.quit();
    });
  });
  // Windows announces the end of a session only to windows, and kills us once they have been told.
  if (system === 'win32') {
    new BaseWindow({ show: false }).on('session-end', () => waitForEnd(core.leave(), logOffWithin));
  }
  // Elsewhere the system is asked to wait for us; the event is in Electron's documentation but not in its types.
  powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
    event?.preventDefault();
    app.quit();
  });

  // Nothing is redialled automatically: a mail program that wants something will ask. Refusals due to the old network
  // are no longer news. If the core is not running, there is nothing to forget.
  const elsewhere = () => void core.command('networkChanged', {});
  powerMonitor.on('resume', elsewhere);
  const stopWatching = watchNetwork(networkInterfaces, elsewhere);

  const openedAtLogin = system === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
  if (!given.hidden && !openedAtLogin) windows.open();
  else if (!tray && desktop.minimises) putAway = windows.openMinimised();
}
