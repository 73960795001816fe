// Whether `npm start` can show the tray app here, or says in one line why not. Plain JavaScript, as start.mjs is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectNode, root as projectRoot } from './workspace.mjs';

/** Options of `npm start` that the tray app takes; any other one is for Postern in the terminal. */
const desktopOptions = new Set(['--data-dir', '--hidden']);

/** A failed fetch is retried after this, in milliseconds: without a network, not every start has to wait for it. */
const fetchAgainAfter = 24 * 3_600_000;

/**
 * Why the tray app cannot be shown, before looking for Electron itself; null when there is no reason.
 *
 * @param {{ system: string, environment: Record<string, string | undefined>, uid: number | undefined, args: string[] }} here
 */
export function obstacle({ system, environment, uid, args }) {
  const other = args.find((arg) => arg.startsWith('--') && !desktopOptions.has(arg.split('=')[0]));
  if (other !== undefined) return `${other.split('=')[0]} is for a Postern in the terminal.`;
  if (system === 'linux' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) {
    return 'There is no display here for the tray app.';
  }
  // Chromium does not start as root with its sandbox on, and Postern does not run it without one.
  if (system === 'linux' && uid === 0) return 'The tray app does not run as root.';
  return null;
}

/**
 * Why Chromium's sandbox would not work for this Electron on Linux; null where it does. It needs user namespaces, or a
 * helper next to it that belongs to root and has the mode 4755; npm can give it neither. Electron would end with a
 * signal and a cryptic line, and `--no-sandbox` is not an option: the window shows text written by strangers.
 *
 * @param {string} program Electron's
 * @param {{ restricted: string | null, unshare: () => number | null }} probe what the kernel says (`restrictions`), and
 *   the exit code of a program that creates a user namespace; null where there is no such program
 */
export function sandboxObstacle(program, probe = { restricted: restrictions(), unshare: makeNamespace }) {
  const helper = join(dirname(program), 'chrome-sandbox');
  const stats = statSync(helper, { throwIfNoEntry: false });
  if (stats && stats.uid === 0 && (stats.mode & 0o7777) === 0o4755) return null;
  if (probe.restricted === null && (probe.unshare() ?? 0) === 0) return null;
  return (
    `Electron's sandbox cannot work: ${probe.restricted ?? 'this system gives no user namespaces to programs'}. ` +
    `What would help: sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'; or the deb package, which ` +
    'brings the rule that Ubuntu wants.'
  );
}

/** What forbids user namespaces to a program without a rule of its own, in words; null where nothing does. */
function restrictions() {
  const setting = (name) => {
    try {
      return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
    } catch {
      return null;
    }
  };
  // A namespace can be created there, but nothing is permitted inside it; and `unshare` has a rule of its own.
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'this system gives user namespaces to programs with an AppArmor rule alone, and Electron in node_modules has none';
  }
  if (setting('kernel/unprivileged_userns_clone') === '0' || setting('user/max_user_namespaces') === '0') {
    return 'user namespaces are switched off on this system';
  }
  return null;
}

function makeNamespace() {
  const { status, error } = spawnSync('unshare', ['--user', '--map-root-user', 'true'], { stdio: 'ignore' });
  return error ? null : (status ?? 1);
}

/**
 * Removes what the environment says about which Electron is run and how
 * (`ELECTRON_OVERRIDE_DIST_PATH`, `ELECTRON_RUN_AS_NODE`, checksums from elsewhere): people set
 * these for other programs and forget them. Where it is fetched from may stay, since the package has
 * its checksums.
 *
 * @param {Record<string, string | undefined>} environment changed in place
 */
export function dropElectronSettings(environment) {
  for (const name of Object.keys(environment)) {
    if (
      /^(?:npm_(?:config|package_config)_)?electron_/i.test(name) &&
      !/_(?:mirror|config_cache|use_proxy)$/i.test(name)
    ) {
      delete environment[name];
    }
  }
}

/**
 * The folder that `--electron FOLDER` names, and the other arguments.
 *
 * @param {string[]} args
 */
export function chosenElectron(args) {
  const at = args.findIndex((arg) => arg === '--electron' || arg.startsWith('--electron='));
  if (at === -1) return { folder: undefined, rest: args };
  const inOne = args[at].includes('=');
  const folder = inOne ? args[at].slice('--electron='.length) : args[at + 1];
  return { folder, rest: args.toSpliced(at, inOne ? 1 : 2) };
}

/**
 * Electron's program, fetched if it is not there yet; or why it is unavailable, in a sentence.
 *
 * @param {string} root the project's folder
 * @param {(folder: string) => { status: number, said: string }} fetch fetches Electron for its package's folder
 * @param {string | undefined} chosen a folder with the user's own Electron, from the command line
 * @returns {{ program: string } | { why: string }}
 */
export function electronProgram(root, fetch = fetchElectron, now = Date.now(), chosen = undefined) {
  const folder = join(root, 'node_modules', 'electron');
  if (!existsSync(join(folder, 'install.js'))) return { why: 'Electron is not installed.' };
  const program = () => {
    if (!existsSync(join(folder, 'path.txt'))) return null;
    const file = join(chosen ?? join(folder, 'dist'), readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(file) ? file : null;
  };
  const known = program();
  if (known) return { program: known };
  const memory = join(root, 'node_modules', '.cache', 'postern', 'electron-fetch.json');
  const failed = lastFailure(memory);
  if (failed && now - failed.at < fetchAgainAfter && failed.at <= now) {
    const again = new Date(failed.at + fetchAgainAfter).toLocaleString();
    return { why: `${failed.why} It is tried again after ${again}; at once with: npx install-electron` };
  }
  const { status, said } = fetch(folder);
  const fetched = status === 0 ? program() : null;
  if (fetched) {
    rmSync(memory, { force: true });
    return { program: fetched };
  }
  const why = said || 'Electron could not be fetched.';
  try {
    mkdirSync(dirname(memory), { recursive: true });
    writeFileSync(memory, JSON.stringify({ at: now, why }));
  } catch {
    // The project belongs to another user: the reason is given again next time.
  }
  return { why };
}

function lastFailure(file) {
  try {
    const { at, why } = JSON.parse(readFileSync(file, 'utf8'));
    return typeof at === 'number' && typeof why === 'string' ? { at, why } : null;
  } catch {
    return null;
  }
}

/** The environment for the fetch: npm's settings for proxies and authorities, under the names that Node knows. */
export function fetchEnvironment(environment) {
  const { electron_use_remote_checksums: _, npm_config_electron_use_remote_checksums: __, ...rest } = environment;
  const given = (...names) => names.map((name) => environment[name]).find((value) => value && value !== 'null');
  const proxies = {
    HTTPS_PROXY: given('HTTPS_PROXY', 'https_proxy', 'npm_config_https_proxy', 'npm_config_proxy'),
    HTTP_PROXY: given('HTTP_PROXY', 'http_proxy', 'npm_config_proxy'),
    NO_PROXY: given('NO_PROXY', 'no_proxy', 'npm_config_noproxy'),
    NODE_EXTRA_CA_CERTS: given('NODE_EXTRA_CA_CERTS', 'npm_config_cafile'),
  };
  for (const [name, value] of Object.entries(proxies)) if (value) rest[name] = value;
  return { ...rest, NODE_USE_ENV_PROXY: '1' };
}

/** On the project's own Node: Electron's package needs a newer one than the user may have. */
function fetchElectron(folder) {
  const script = join(projectRoot, 'scripts', 'fetch-electron.mjs');
  const { status, stdout } = spawnSync(projectNode(), [script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    env: fetchEnvironment(process.env),
  });
  return { status: status ?? 1, said: (stdout ?? '').trim() };
}
