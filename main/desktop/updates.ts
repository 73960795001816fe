import type { ShellState } from '../../proxy/contract/index.ts';

type Why = NonNullable<Extract<ShellState['updates'], { kind: 'off' }>['why']>;

export interface UpdateOptions {
  system: NodeJS.Platform;
  /** The text of `app-update.yml` beside the packaged app; null where there is none. */
  feed: string | null;
  /** Whether this build was signed by its makers, as packaging wrote it into the manifest. */
  signed: boolean;
  /** Whether this is Windows' portable program, which nothing has installed. */
  portable: boolean;
}

/**
 * Why this app does not look for newer versions; null when it does. What would be installed has to come over HTTPS and
 * carry the signature of this build's makers, which Windows and macOS check. An AppImage has nothing of the kind, and a
 * deb or rpm is the package manager's business. The portable program is packed from the same files as the installed one,
 * the feed's address among them, and an update would install a second Postern beside it.
 */
export function whyNoUpdates({ system, feed, signed, portable }: UpdateOptions): Why | null {
  if (feed === null) return 'no-feed';
  if (system !== 'win32' && system !== 'darwin') return 'system';
  if (portable) return 'portable';
  if (!isHttps(feed)) return 'insecure-feed';
  // electron-updater accepts any installer if it knows no publisher to look for.
  if (!signed || (system === 'win32' && !/^publisherName:[ \t]*(?:\S|\n[ \t]+- \S)/m.test(feed))) return 'unsigned';
  return null;
}

function isHttps(feed: string): boolean {
  const address = /^url:[ \t]*(\S+)[ \t]*$/m.exec(feed)?.[1]?.replace(/^(['"])(.*)\1$/, '$2');
  return address !== undefined && URL.parse(address)?.protocol === 'https:';
}
