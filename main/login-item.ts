import { readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeFileAtomically } from '../proxy/config/atomic-file.ts';
import { makeDirectory } from '../proxy/config/make-directory.ts';
import type { Desktop } from './desktop/surroundings.ts';
import { words } from './desktop/words.ts';

/** Whether Postern starts when the person signs in to the computer; hidden, in the tray. */
export interface LoginItem {
  /** Null where the system has no way to do it. */
  isSet(): Promise<boolean | null>;
  /** @throws the system's error, or {@link LoginItemRefused} where it says nothing and does nothing */
  set(on: boolean): Promise<void>;
}

/** What Electron offers for Windows and macOS. */
export interface LoginItemSettings {
  getLoginItemSettings(options?: { path?: string; args?: string[] }): { openAtLogin: boolean; status?: string };
  setLoginItemSettings(settings: { openAtLogin: boolean; path?: string; args?: string[] }): void;
}

/** The system did not keep the setting; the message is for people. */
export class LoginItemRefused extends Error {
  override readonly name = 'LoginItemRefused';
}

const hidden = ['--hidden'];

/**
 * @param app Electron's, for the systems where it has a way
 */
export function createLoginItem(
  system: NodeJS.Platform,
  app: LoginItemSettings,
  { command, startsAtLogin }: Pick<Desktop, 'command' | 'startsAtLogin'>,
  environment: NodeJS.ProcessEnv = process.env,
): LoginItem {
  if (!startsAtLogin) return { isSet: async () => null, set: async () => undefined };
  if (system === 'win32' || system === 'darwin') {
    const [path = '', ...args] = command;
    // macOS identifies the app itself and starts it without arguments; there Electron says how it was opened.
    const entry = system === 'win32' ? { path, args: [...args, ...hidden] } : {};
    return {
      isSet: async () => app.getLoginItemSettings(entry).openAtLogin,
      async set(openAtLogin) {
        app.setLoginItemSettings({ ...entry, openAtLogin });
        // The call returns nothing, whatever happened: macOS may want the person to allow it, or do nothing at all.
        const kept = app.getLoginItemSettings(entry);
        if (kept.openAtLogin === openAtLogin) return;
        const { needsApproval, refused } = words.loginItem;
        throw new LoginItemRefused(kept.status === 'requires-approval' ? needsApproval : refused);
      },
    };
  }
  if (system !== 'linux') return { isSet: async () => null, set: async () => undefined };
  const file = autostartFile(environment);
  return {
    isSet: async () => {
      const text = await readFile(file, 'utf8').catch(() => null);
      return text !== null && !/^(?:Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text);
    },
    async set(on) {
      if (!on) return rm(file, { force: true });
      await makeDirectory(dirname(file));
      await writeFileAtomically(file, desktopEntry([...command, ...hidden]));
    },
  };
}

/** Where desktops look for what starts with a session (Desktop Application Autostart Specification). */
function autostartFile({ XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv): string {
  const configured = XDG_CONFIG_HOME?.startsWith('/') ? XDG_CONFIG_HOME : join(HOME ?? homedir(), '.config');
  return join(configured, 'autostart', 'postern.desktop');
}

/** The text of a desktop entry (Desktop Entry Specification) that runs this command. */
export function desktopEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Postern',
    'Comment=Lets old mail programs use modern mail servers',
    `Exec=${command.map(execWord).join(' ')}`,
    'Icon=postern',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * One word of Exec: quoted where it has to be, `%` doubled; then backslashes again for the file's own escaping of
 * values (Desktop Entry Specification, "The Exec key").
 */
function execWord(word: string): string {
  const plain = /^[A-Za-z0-9_@+=:,./-]+$/.test(word);
  const quoted = plain ? word : `"${word.replace(/["`$\\]/g, '\\$&')}"`;
  return quoted.replaceAll('%', '%%').replaceAll('\\', '\\\\');
}
