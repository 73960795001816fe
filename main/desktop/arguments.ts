/** What the desktop app was started with. */
export interface DesktopArguments {
  /** As given; null for the platform's default. */
  dataDirectory: string | null;
  /** Started at login: in the tray, without a window. */
  hidden: boolean;
}

/**
 * The arguments of the `postern` command that the packaged app was started as (assets/launcher/postern), in the order
 * given; null if it was started as the app.
 */
export function readCommandWords(argv: readonly string[]): string[] | null {
  const at = argv.indexOf('--postern-command');
  if (at === -1) return null;
  return argv.slice(argv.indexOf('--', at) + 1 || argv.length);
}

/** Reads the arguments, which may include Chromium's own. Unknown ones are left to Chromium. */
export function readDesktopArguments(argv: readonly string[]): DesktopArguments {
  const at = argv.lastIndexOf('--data-dir');
  const joined = argv.findLast((each) => each.startsWith('--data-dir='))?.slice('--data-dir='.length);
  const given = (at === -1 ? undefined : argv[at + 1]) ?? joined;
  return { dataDirectory: given === undefined || given === '' ? null : given, hidden: argv.includes('--hidden') };
}
