/**
 * How the stand-in behaves: one value for each thing that differs between platforms or goes wrong on real desktops. A
 * test sets what it is about; the rest is a Linux desktop on X11 where everything works.
 *
 * Each behaviour names the lines of Electron's documentation and source, from Electron's main branch at 96f3996 (August
 * 2026), on which version 45 is based.
 */
export interface Switches {
  /** The value of `process.platform` in the app's main process. */
  system: 'linux' | 'darwin' | 'win32';
  /** `shown`: reported as shown. `failed`: the system accepts none. `unsupported`: nothing is there to show one. */
  notifications: 'shown' | 'failed' | 'unsupported';
  /** What the system does with a login item on Windows and macOS. */
  loginItems: 'kept' | 'refused' | 'requires-approval' | 'throws';
  /** `unavailable`: the lock cannot be obtained, although no other instance runs. */
  lock: 'free' | 'unavailable';
  /** What the system does with an address that is to be opened in a browser. */
  external: 'opened' | 'refused';
  /** Whether images are found. */
  images: 'there' | 'missing';
  /** Whether the app was started at login (macOS). */
  openedAtLogin: boolean;
  /** Chromium's switches with which the app was started. */
  commandLine: string[];
  /** The packaged app's `resources` folder; null for an app that is not packaged. */
  resources: string | null;
  /**
   * What goes wrong once in the first utility process: `fatal`, V8 gives up; `rejection`, a promise is rejected and has
   * no handler.
   */
  coreFault: 'none' | 'fatal' | 'rejection';
}

const usual: Switches = {
  system: 'linux',
  notifications: 'shown',
  loginItems: 'kept',
  lock: 'free',
  external: 'opened',
  images: 'there',
  openedAtLogin: false,
  commandLine: [],
  resources: null,
  coreFault: 'none',
};

export const switches: Switches = { ...usual, ...JSON.parse(process.env.STAND_IN ?? '{}') };
