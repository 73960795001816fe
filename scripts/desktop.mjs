// Whether `npm start` can show the tray app here, or says in one line why not. Plain JavaScript, as start.mjs is.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Options of `npm start` that the tray app takes; every other one is for a Postern in the terminal. */
const desktopOptions = new Set(['--data-dir', '--hidden']);

/**
 * Why the tray app cannot be shown, before Electron itself is looked for; null when nothing speaks against it.
 *
 * @param {{ system: string, environment: Record<string, string | undefined>, uid: number | undefined, args: string[] }} here
 */
export function obstacle({ system, environment, uid, args }) {
  const other = args.find((arg) => arg.startsWith('--') && !desktopOptions.has(arg.split('=')[0]));
  if (other !== undefined) return `${other.split('=')[0]} is for a Postern in the terminal.`;
  if (system === 'linux' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) {
    return 'There is no display here for the tray app.';
  }
  // Chromium does not start as root with its sandbox on, and without it Postern does not want it.
  if (system === 'linux' && uid === 0) return 'The tray app does not run as root.';
  return null;
}

/**
 * Electron's program, fetched when it is not there yet; null when it cannot be had.
 *
 * @param {string} root the project's folder
 * @param {(program: string) => number} fetch runs this script of Electron's; gives its exit code
 */
export function electronProgram(root, fetch = fetchElectron) {
  const folder = join(root, 'node_modules', 'electron');
  if (!existsSync(join(folder, 'install.js'))) return null;
  const program = () => {
    if (!existsSync(join(folder, 'path.txt'))) return null;
    const file = join(
      process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'),
      readFileSync(join(folder, 'path.txt'), 'utf8').trim(),
    );
    return existsSync(file) ? file : null;
  };
  return program() ?? (fetch(join(folder, 'install.js')) === 0 ? program() : null);
}

/** Its checksums stand in the package, which the lockfile vouches for. */
function fetchElectron(script) {
  process.stderr.write('Fetching Electron, once (about 100 MB) ...\n');
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'ignore'] });
  return status ?? 1;
}
