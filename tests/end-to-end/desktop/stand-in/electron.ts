import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import {
  answerBox,
  dialog,
  Menu,
  menus,
  Notification,
  nativeImage,
  notifications,
  powerMonitor,
  shell,
  Tray,
  tray,
} from './desktop.ts';
import type { Ask, ToApp } from './messages.ts';
import { fetchFromApp, mayUse, protocol, recordScreen, session } from './session.ts';
import { switches } from './switches.ts';
import { newest, utilityProcess } from './utility-process.ts';
import { BaseWindow, BrowserWindow } from './windows.ts';
import { Preventable, tell, world } from './world.ts';

/**
 * A stand-in for the part of Electron's API that the app uses, for a machine without Electron's binary. The app's own
 * code runs on it unchanged; its windows are shown by a real Chromium on the other end of Node's process channel. It is
 * as strict as Electron; `switches.ts` lists what can differ or go wrong.
 */
export {
  app,
  BaseWindow,
  BrowserWindow,
  dialog,
  Menu,
  Notification,
  nativeImage,
  powerMonitor,
  protocol,
  session,
  shell,
  Tray,
  utilityProcess,
};

type Handler = (event: unknown, ...args: unknown[]) => unknown;
const handlers = new Map<string, Handler>();
class IpcMain extends EventEmitter {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, handler);
  }
}
export const ipcMain = new IpcMain();

async function answer(message: Ask): Promise<unknown> {
  const windowOf = (id: number) => {
    const window = world.windows.get(id);
    return window instanceof BrowserWindow ? window : undefined;
  };
  const contents = (id: number) => windowOf(id)?.webContents;
  const prevented = (emitter: EventEmitter, event: string, ...args: unknown[]) => {
    const details = Object.assign(new Preventable(), typeof args[0] === 'object' ? {} : { url: args[0] });
    emitter.emit(event, details, ...args);
    return details.defaultPrevented;
  };
  switch (message.ask) {
    case 'fetch':
      return fetchFromApp(message.url, message.method, message.resource ?? 'document');
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
    case 'failed':
      return contents(message.id)?.[message.ask](message.load);
    case 'may-navigate': {
      const sender = contents(message.id);
      return sender ? !prevented(sender, 'will-navigate', message.url) : false;
    }
    case 'may-open':
      return contents(message.id)?.openHandler({ url: message.url }).action !== 'deny';
    case 'may-download':
      return !prevented(session.defaultSession, 'will-download', { getURL: () => message.url });
    case 'may-use':
      return mayUse(message.permission);
    case 'record-screen':
      return recordScreen();
    case 'close':
      return windowOf(message.id)?.close();
    case 'crash':
      return contents(message.id)?.crash('crashed');
    case 'core-fault':
      // In a turn of its own, like an Electron event: an exception in a listener must not become the reply to this
      // message.
      setImmediate(() => newest?.fail());
      return undefined;
    case 'click-tray':
      return void tray?.clicked();
    case 'click-balloon':
      return void tray?.emit('balloon-click');
    case 'answer-box':
      return answerBox(message.id, message.response);
    case 'choose': {
      let entries = menus[message.menu]?.template ?? [];
      let chosen: (typeof entries)[number] | undefined;
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
    case 'log-off':
      return logOff();
    case 'quit':
      return app.quit();
  }
}

/**
 * The person logs off. Windows notifies the windows and then kills the app and its children
 * (shell/browser/native_window_views_win.cc:432); elsewhere the app is told in time (docs/api/power-monitor.md:57).
 */
function logOff(): void {
  if (switches.system !== 'win32') {
    powerMonitor.emit('shutdown', new Preventable());
    return;
  }
  for (const window of [...world.windows.values()]) {
    window.emit('query-session-end', Object.assign(new Preventable(), { reasons: ['logoff'] }));
  }
  for (const window of [...world.windows.values()]) window.emit('session-end', { reasons: ['logoff'] });
  if (!app.isQuitting) app.leave(0);
}

process.on('message', (message: ToApp) => {
  answer(message).then(
    (value) => tell({ kind: 'answer', call: message.call, value }),
    (error: unknown) => tell({ kind: 'answer', call: message.call, error: String(error) }),
  );
});
// The test that started this has ended.
process.on('disconnect', () => app.exit(1));
