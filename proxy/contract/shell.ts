import * as z from 'zod';
import type { PosternApi } from './api.ts';

/** What each request to the desktop shell takes. Checked at run time where it arrives, like a command. */
export const shellInputs = {
  /** The shell's own settings and facts. */
  read: z.strictObject({}),
  /** Sets the given settings and leaves the others. */
  change: z.strictObject({ startAtLogin: z.boolean().optional(), notifications: z.boolean().optional() }),
  /** Shows the data directory in the system's file browser. */
  openDataFolder: z.strictObject({}),
  /** The licences of Postern and of everything it is built from, as plain text. */
  licences: z.strictObject({}),
} as const;
export type ShellRequest = keyof typeof shellInputs;
export type ShellInput<R extends ShellRequest> = z.output<(typeof shellInputs)[R]>;

/** What is true of the desktop shell. */
export interface ShellState {
  version: string;
  /** The data directory's absolute path. */
  dataFolder: string;
  /** Null where this system has no way to start programs at login. */
  startAtLogin: boolean | null;
  /** Null where this system shows no notifications. */
  notifications: boolean | null;
  /** Why the system does not show them, in a sentence for people; absent as long as nothing is known to be wrong. */
  notificationsProblem?: string;
  /**
   * `off`: no updates are looked for: no feed is configured, it is not HTTPS, this build is not signed, this system has
   * no way to check what it would install, or the program is portable. `ready`: installed at the next start.
   */
  updates:
    | { kind: 'off'; why?: 'no-feed' | 'insecure-feed' | 'unsigned' | 'system' | 'portable' }
    | { kind: 'current' }
    | { kind: 'downloading'; version: string }
    | { kind: 'ready'; version: string }
    | { kind: 'failed'; message: string };
}

/** Where a notification or the tray can lead: a page of the window, and what to show on it. */
export const windowPages = ['overview', 'certificates', 'activity', 'accounts', 'settings'] as const;
export interface WindowPlace {
  page: (typeof windowPages)[number];
  /** A question's id on `certificates`, an account's name on `accounts`. */
  item?: string;
}

/**
 * What only a desktop shell can do for its window. Absent in a browser: the window then shows these things as not
 * available. A request that fails rejects with an Error whose message is for people.
 */
export interface PosternShell {
  read(): Promise<ShellState>;
  change(input: ShellInput<'change'>): Promise<ShellState>;
  openDataFolder(): Promise<void>;
  licences(): Promise<string>;
  /**
   * Is told where the person wants to go, from a notification or the tray. What was asked for before the first listener
   * came is delivered to it.
   *
   * @returns a function that ends the subscription.
   */
  onShow(listener: (place: WindowPlace) => void): () => void;
}

/** What a preload puts at `window.postern`. */
export type PosternBridge = PosternApi & { shell?: PosternShell };
