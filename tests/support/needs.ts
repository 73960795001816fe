import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What a test needs from the machine is asked for here, at the moment it is needed: a program, root, a network
 * namespace. Where it is missing the test fails in continuous integration; elsewhere `runner.ts` counts it as not run,
 * and `npm test` reports at the end what was missing and which command runs it.
 */
class NotHere extends Error {
  override readonly name = 'NotHere';
  /** What is missing, in the words that `npm test` prints. */
  readonly need: string;

  constructor(need: string, reason: string) {
    super(`${need}: ${reason}`);
    this.need = need;
  }
}

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];

function find(program: string): string | undefined {
  return program.startsWith('/')
    ? [program].find((file) => existsSync(file))
    : folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

/**
 * The path of a real mail program, server or tool.
 *
 * @throws NotHere
 */
export function needProgram(program: string): string {
  const found = find(program);
  if (!found) throw new NotHere(program, 'it is not installed; run: sudo scripts/install-peers');
  return found;
}

/** A module of Python's: newer versions leave some of the standard ones out. @throws NotHere */
export function needPythonModule(module: string): void {
  const { status } = spawnSync(needProgram('python3'), ['-W', 'ignore', '-c', `import ${module}`]);
  if (status !== 0)
    throw new NotHere(`Python’s ${module}`, 'this Python comes without it; a version before 3.13 has it');
}

/** @throws NotHere on another system: the test inspects something that only exists on Linux, such as `/proc`. */
export function needLinux(): void {
  if (process.platform !== 'linux') throw new NotHere('Linux', `this is ${process.platform}`);
}

/** For servers that only start as root, programs run as another user, low ports. @throws NotHere */
export function needRoot(): void {
  needLinux();
  if (process.getuid?.() !== 0) throw new NotHere('root', 'run the tests as root, in a container');
}

/** For `systemd-analyze`, which keeps a folder of its own even to look at a file. @throws NotHere */
export function needSystemdFolder(): void {
  needProgram('systemd-analyze');
  const folder = '/run/systemd';
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new NotHere(folder, `systemd does not run here, and it cannot be made (${code}); run the tests as root`);
  }
}

/** Set by `npm test`: a file that gets a line for everything that could not be run here. */
const notRunFile = process.env.POSTERN_NOT_RUN;

/** Records what could not be run: a number of tests of a file, or a part of what they check. */
export function writeNotRun(
  line: { need: string; file: string; tests: number } | { need: string; part: string },
): void {
  if (notRunFile) appendFileSync(notRunFile, `${JSON.stringify(line)}\n`);
}

/**
 * Reports that the tests go on without a part of what they check, because something is missing on this machine.
 *
 * @throws NotHere in continuous integration, where nothing is left out
 */
export function leaveOut(need: string, part: string): void {
  if (process.env.CI) throw new NotHere(need, part);
  writeNotRun({ need, part });
}

/** Why there are no network namespaces with TUN devices, or null if there are; undefined until first asked. */
let namespaceObstacle: string | null | undefined;

function tryNamespaces(): string | null {
  const { status, stderr, error } = spawnSync(
    'unshare',
    ['--net', '--mount', 'sh', '-c', 'ip tuntap add dev probe0 mode tun'],
    { encoding: 'utf8' },
  );
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/**
 * Separate network and mount namespaces, and TUN devices: in most containers root has no right to them. @throws NotHere
 */
export function needNamespaces(): void {
  needRoot();
  needProgram('ip');
  if (namespaceObstacle === undefined) namespaceObstacle = tryNamespaces();
  if (namespaceObstacle === null) return;
  throw new NotHere(
    'namespaces',
    `${namespaceObstacle} (in a container they need CAP_NET_ADMIN, CAP_SYS_ADMIN and /dev/net/tun)`,
  );
}

/** Writable control groups, for a systemd inside a container: in most containers they are read-only. @throws NotHere */
export function needControlGroups(): void {
  needRoot();
  const probe = join(['/sys/fs/cgroup/systemd', '/sys/fs/cgroup'].find(existsSync) ?? '/sys', 'postern-probe');
  try {
    mkdirSync(probe);
    rmdirSync(probe);
  } catch (error) {
    throw new NotHere('control groups', `they cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

const browsers: Record<string, string[]> = {
  linux: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((variable) =>
    ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'].map((file) =>
      join(process.env[variable] ?? '', file),
    ),
  ),
};

/** The same engine without the browser around it, which needs half the processor time per page. */
const headlessShell = 'chromium-headless-shell';

/**
 * A Chromium, Chrome or Edge; `CHROMIUM` names another one.
 *
 * @param wanted `page`: it only has to show a page, so Chromium's headless shell is preferred; `browser`: what a
 *   browser does around its pages matters as well
 * @throws NotHere
 */
export function needBrowser(wanted: 'page' | 'browser'): string {
  const named = process.env.CHROMIUM;
  const whole = browsers[process.platform] ?? [];
  const places = named !== undefined ? [named] : wanted === 'page' ? [headlessShell, ...whole] : whole;
  const found = places.map((place) => (existsSync(place) ? place : find(place))).find((place) => place !== undefined);
  if (!found) throw new NotHere('a browser', `none of these is installed: ${places.join(', ')}`);
  return found;
}
