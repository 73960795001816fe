import { readFile } from 'node:fs/promises';
import type { ShellState } from '../proxy/contract/index.ts';
import type { DesktopSettings } from './desktop/settings-file.ts';
import { words } from './desktop/words.ts';
import type { ShellRequests } from './ipc.ts';
import { type LoginItem, LoginItemRefused } from './login-item.ts';
import type { NoticeBoard } from './notice-board.ts';
import type { Updater } from './updater.ts';

export interface ShellRequestsOptions {
  version: string;
  dataDirectory: string;
  /** Names the system in what is said about its notifications. */
  system: NodeJS.Platform;
  /** The text of all licences, as packaging puts it there. */
  licencesFile: string;
  loginItem: LoginItem;
  board: NoticeBoard;
  updater: Updater;
  settings(): DesktopSettings;
  /** @throws the system's error when they cannot be kept */
  keep(settings: DesktopSettings): Promise<void>;
  /** Shows a folder or file in the system's own program. @returns what went wrong, or an empty text */
  openPath(path: string): Promise<string>;
}

/** What the window's Settings page asks of the shell, rather than of the core. */
export function createShellRequests(options: ShellRequestsOptions): ShellRequests {
  const { version, dataDirectory, system, licencesFile, loginItem, board, updater, settings, keep, openPath } = options;

  async function read(): Promise<ShellState> {
    return {
      version,
      dataFolder: dataDirectory,
      startAtLogin: await loginItem.isSet(),
      notifications: board.isSupported ? settings().notifications : null,
      ...(board.hasFailed ? { notificationsProblem: words.problem.notifications(system) } : {}),
      updates: updater.state(),
    };
  }

  return {
    read,
    async change({ startAtLogin, notifications }) {
      try {
        if (startAtLogin !== undefined) await loginItem.set(startAtLogin);
        if (notifications !== undefined) await keep({ ...settings(), notifications });
      } catch (error) {
        if (error instanceof LoginItemRefused) throw error;
        throw new Error(words.problem.loginItem(String((error as NodeJS.ErrnoException).code ?? error)));
      }
      return read();
    },
    async openDataFolder() {
      const problem = await openPath(dataDirectory);
      if (problem !== '') throw new Error(words.problem.dataFolder(problem));
    },
    licences: () =>
      readFile(licencesFile, 'utf8').catch(() => {
        throw new Error(words.problem.licences);
      }),
  };
}
