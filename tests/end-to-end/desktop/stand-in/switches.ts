/**
 * How the stand-in behaves: one value for each thing that differs between platforms or goes wrong on real desktops.
 * A test gives what it wants to see; the rest is a Linux desktop on X11 where all goes well.
 *
 * Lines of Electron's documentation and source are named beside each behaviour, as they stand in Electron's main branch
 * at 96f3996 (August 2026), from which version 45 was made.
 */
export interface Switches {
  /** What `process.platform` says in the app's main process. */
  system: 'linux' | 'darwin' | 'win32';
  /** `reported`: shown. `failed`: the system takes none. `unsupported`: there is nothing that would show one. */
  notifications: 'shown' | 'failed' | 'unsupported';
  /** What the system does with a login item on Windows and macOS. */
  loginItems: 'kept' | 'refused' | 'requires-approval' | 'throws';
  /** `unavailable`: the lock cannot be had, and no other instance runs. */
  lock: 'free' | 'unavailable';
  /** Whether images are found. */
  images: 'there' | 'missing';
  /** Whether the app was started at login (macOS). */
  openedAtLogin: boolean;
  /** Chromium's switches that the app was started with. */
  commandLine: string[];
  /** The packaged app's `resources` folder; null for an app that is not packaged. */
  resources: string | null;
  /**
   * What goes wrong once in the first utility process: `fatal`, V8 gives up; `rejection`, a promise is rejected and
   * nobody looks.
   */
  coreFault: 'none' | 'fatal' | 'rejection';
}

const usual: Switches = {
  system: 'linux',
  notifications: 'shown',
  loginItems: 'kept',
  lock: 'free',
  images: 'there',
  openedAtLogin: false,
  commandLine: [],
  resources: null,
  coreFault: 'none',
};

export const switches: Switches = { ...usual, ...JSON.parse(process.env.STAND_IN ?? '{}') };
