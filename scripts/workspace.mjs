// What `npm test` and `npm start` share: they begin on a fresh clone, where nothing is installed yet, so this file
// and its callers are plain JavaScript for Node 20 and need no package.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const bundledNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The Node that the project is built and tested with: its own, or the current one where install scripts are off. */
export function projectNode() {
  return existsSync(bundledNode) ? bundledNode : process.execPath;
}

/** The environment of everything that is started here: the project's own tools come first on PATH. */
export function projectEnvironment() {
  const environment = { ...process.env };
  const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  environment[name] = join(root, 'node_modules', '.bin') + delimiter + (environment[name] ?? '');
  return environment;
}

/** Runs a program in the project's folder and passes its output on. Returns its exit code; a signal counts as 1. */
export function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env: projectEnvironment() });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status ?? 1;
}

/** Runs npm: the one that started us, otherwise the one on PATH. */
function spawnNpm(args, options) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return spawnSync(process.execPath, [script, ...args], { cwd: root, ...options });
  // On Windows npm is a batch file, which only a shell can run. The arguments are fixed words.
  return spawnSync('npm', args, { cwd: root, shell: process.platform === 'win32', ...options });
}

function runNpm(args) {
  return spawnNpm(args, { stdio: 'inherit', env: projectEnvironment() }).status ?? 1;
}

/** What npm writes to its standard output; its other output is left out. */
export function npmOutput(args) {
  return spawnNpm(args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).stdout ?? '';
}

/** Whether node_modules holds what package-lock.json names: npm keeps its own account of what it installed. */
function isInstalled() {
  const account = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(account)) return false;
  const installed = JSON.parse(readFileSync(account, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, { version, optional }]) => place === '' || optional || installed[place]?.version === version,
  );
}

/** Installs the exact packages of the lockfile when something is missing. Ends the process when that fails. */
export function ensureInstalled() {
  if (!isInstalled()) install();
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (existsSync(bundledNode) || major > 22 || (major === 22 && minor >= 18)) return;
  // Where npm is set to run no scripts, the one that this project needs is run explicitly.
  process.stdout.write('npm is set to run no scripts; fetching the Node.js that the project builds with ...\n');
  const fetched = runNpm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']) === 0;
  if (fetched && existsSync(bundledNode)) return;
  process.stderr.write('It could not be fetched. Use Node.js 22.18 or newer instead, or see above.\n');
  process.exit(1);
}

function install() {
  process.stdout.write('Installing packages (npm ci) ...\n');
  // Warnings about the engines of build tools concern the current Node; they run on the project's own.
  if (runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']) !== 0) {
    process.stderr.write('npm ci failed; see above.\n');
    process.exit(1);
  }
}

/** When the newest file under these paths was changed, in milliseconds. */
function newest(places) {
  let time = 0;
  for (const place of places) {
    if (!existsSync(place)) continue;
    const stats = statSync(place);
    time = Math.max(time, stats.mtimeMs);
    if (stats.isDirectory()) time = Math.max(time, newest(readdirSync(place).map((entry) => join(place, entry))));
  }
  return time;
}

/** Builds dist/ when a source is newer than it. Ends the process when that fails. */
export function ensureBuilt() {
  const built = join(root, 'dist', 'main', 'cli.js');
  const sources = ['assets', 'main', 'proxy', 'renderer', 'scripts', 'package.json', 'package-lock.json'];
  if (existsSync(built) && statSync(built).mtimeMs > newest(sources.map((source) => join(root, source)))) return;
  process.stdout.write('Building ...\n');
  if (run(projectNode(), ['scripts/build.ts']) !== 0) {
    process.stderr.write('The build failed; see above.\n');
    process.exit(1);
  }
}

/** Where a program is on PATH (or in the administrator's folders, which PATH may lack), or null. */
export function findProgram(program) {
  if (program.startsWith('/')) return existsSync(program) ? program : null;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? null;
}
