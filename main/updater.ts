import type { ShellState } from '../proxy/contract/index.ts';
import { words } from './desktop/words.ts';

type Updates = ShellState['updates'];
type Off = Extract<Updates, { kind: 'off' }>;

/** The part of electron-updater's `autoUpdater` that is used here. */
export interface UpdateSource {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  on(event: 'update-available' | 'update-downloaded', listener: (info: { version: string }) => void): unknown;
  on(event: 'update-not-available', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  checkForUpdates(): Promise<unknown>;
}

/** Newer versions of Postern. */
export interface Updater {
  state(): Updates;
  stop(): void;
}

/** Checked at start-up and then once a day, in milliseconds. */
const every = 24 * 3_600_000;

/**
 * Looks for newer versions where a feed was configured when this app was packaged, and does nothing at all otherwise.
 * What was downloaded is verified by electron-updater and installed when Postern quits; it never restarts on its own
 * while mail is in transit.
 *
 * @param source the feed, or why there is none
 */
export function startUpdater(source: UpdateSource | NonNullable<Off['why']>): Updater {
  if (typeof source === 'string') return { state: () => ({ kind: 'off', why: source }), stop: () => undefined };
  let state: Updates = { kind: 'current' };
  source.autoDownload = true;
  source.autoInstallOnAppQuit = true;
  source.on('update-not-available', () => {
    state = { kind: 'current' };
  });
  source.on('update-available', ({ version }) => {
    state = { kind: 'downloading', version };
  });
  source.on('update-downloaded', ({ version }) => {
    state = { kind: 'ready', version };
  });
  source.on('error', () => {
    // The error's own message contains addresses and paths that mean nothing to a person.
    if (state.kind !== 'ready') state = { kind: 'failed', message: words.problem.update };
  });
  // A failure is also reported by the event above.
  const look = () => void source.checkForUpdates().catch(() => undefined);
  look();
  const timer = setInterval(look, every);
  return { state: () => state, stop: () => clearInterval(timer) };
}
