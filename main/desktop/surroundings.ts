import type { TrayStanding } from './tray-standing.ts';
import { iconOf } from './tray-standing.ts';

/** What the shell's behaviour depends on besides the core: the system, the desktop, and how this app was installed. */
export interface Surroundings {
  system: NodeJS.Platform;
  environment: NodeJS.ProcessEnv;
  /** Chromium's own switches that were given. */
  hasSwitch: (name: string) => boolean;
  isPackaged: boolean;
  /** The running executable and, where it is not packaged, what it was told to run. */
  execPath: string;
  appPath: string;
}

/** What a desktop can do and what suits it. */
export interface Desktop {
  /** Whether a click on the tray icon opens the window: where it opens the menu by itself, it must not (macOS). */
  clickOpensWindow: boolean;
  /** Whether a minimised window can be found again: on Wayland an app is not told that it is minimised. */
  minimises: boolean;
  /**
   * Whether Electron draws a window before it is shown: on Wayland it does not, and on Windows and X11 not always
   * (electron/electron#48859, #54118).
   */
  drawsHidden: boolean;
  /** Whether this system can start the app at login: macOS would start a bare Electron where it is not packaged. */
  startsAtLogin: boolean;
  /**
   * Windows shows notifications only from programs in the start menu, and Electron adds an entry if there is none. That
   * entry would lead to a bare Electron, or into the folder that a portable program unpacks itself to and later
   * removes.
   */
  notices: 'notification' | 'balloon';
  /** Whether this is Windows' portable program, which unpacks itself at each start. */
  isPortable: boolean;
  /** The program and its arguments that start this app again. */
  command: string[];
  /** The file name of the tray icon for a standing, without its extension. */
  icon(standing: TrayStanding): string;
}

export function desktopOf({ system, environment, hasSwitch, isPackaged, execPath, appPath }: Surroundings): Desktop {
  const portable = system === 'win32' ? environment.PORTABLE_EXECUTABLE_FILE : undefined;
  const appImage = system === 'linux' ? environment.APPIMAGE : undefined;
  // Electron is a Wayland program in a Wayland session, unless it was told otherwise.
  const isWayland = system === 'linux' && environment.XDG_SESSION_TYPE === 'wayland' && !hasSwitch('ozone-platform');
  return {
    clickOpensWindow: system !== 'darwin',
    minimises: !isWayland,
    drawsHidden: system === 'darwin',
    startsAtLogin: isPackaged || system !== 'darwin',
    notices: system === 'win32' && (!isPackaged || portable !== undefined) ? 'balloon' : 'notification',
    isPortable: isPackaged && portable !== undefined,
    command: isPackaged ? [portable ?? appImage ?? execPath] : [execPath, appPath],
    icon: (standing) => `${iconOf(standing)}${system === 'darwin' ? 'Template' : ''}`,
  };
}
