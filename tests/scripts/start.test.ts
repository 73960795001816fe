import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { needRoot } from '../support/needs.ts';

// `npm start` as run by an unprivileged person, in a project whose Electron and command are small scripts.

const nobody = 65534;

interface Given {
  /** A shell script that replaces Electron's program; null where it has to be fetched, which fails. */
  electron: string | null;
  mode?: number;
  /** Whether the system allows programs to create user namespaces; `forbidden`: it really does not. */
  namespaces: boolean | 'forbidden';
  /** The mode of Electron's helper, which root owns. */
  helper?: number;
  args?: string[];
}

async function start({ electron, mode = 0o755, namespaces, helper = 0o755, args = [] }: Given) {
  needRoot();
  const root = scratchDirectory('project');
  chmodSync(root, 0o755);
  const put = (name: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
    chmodSync(join(root, name), mode);
  };
  cpSync(fileURLToPath(new URL('../../scripts', import.meta.url)), join(root, 'scripts'), { recursive: true });
  put('package.json', '{ "type": "module" }');
  put('package-lock.json', '{ "packages": {} }');
  put('node_modules/.package-lock.json', '{ "packages": {} }');
  put('node_modules/electron/install.js', '');
  put('node_modules/node/bin/node', `#!/bin/sh\nNODE_OF=project exec ${process.execPath} "$@"\n`, 0o755);
  put('scripts/fetch-electron.mjs', 'console.log("No Electron for", process.env.NODE_OF); process.exit(1);');
  if (electron !== null) {
    put('node_modules/electron/path.txt', 'electron');
    put('node_modules/electron/dist/electron', `#!/bin/sh\n${electron}\n`, mode);
  }
  put('node_modules/electron/dist/chrome-sandbox', '', helper);
  if (namespaces !== 'forbidden') put('bin/unshare', `#!/bin/sh\nexit ${namespaces ? 0 : 1}\n`, 0o755);
  put('dist/main/cli.js', 'console.log("in the terminal:", ...process.argv.slice(2));');
  // Newer than its sources: files that are written within a few milliseconds have one time.
  const later = Date.now() / 1000 + 10;
  utimesSync(join(root, 'dist/main/cli.js'), later, later);
  const program = [process.execPath, join(root, 'scripts', 'start.mjs'), ...args];
  const env = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, HOME: root, DISPLAY: ':99' };
  const child =
    namespaces === 'forbidden'
      ? await spawnWithoutNamespaces(program, { cwd: root, env })
      : spawn(process.execPath, program.slice(1), { uid: nobody, gid: nobody, cwd: root, env });
  child.stdin?.end();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code: code as number | null, said };
}

/** Runs a program as nobody, in a namespace whose limit forbids creating another one. */
async function spawnWithoutNamespaces(program: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  const asNobody = `echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups "$@"`;
  // A program that runs as nobody loses its rights when it starts another one: the second shell is root again.
  const script = 'echo ready; read -r _; exec sh -c "$0" sh "$@"';
  const child = spawn('unshare', ['--user', 'sh', '-c', script, asNobody, ...program], options);
  const begun = await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => null)]);
  // They are already forbidden here, as in a chroot (user_namespaces(7)).
  if (!begun) return spawn(process.execPath, program.slice(1), { ...options, uid: nobody, gid: nobody });
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, '0 0 65535');
  child.stdin.write('\n');
  return child;
}

test('the tray app is shown, and its exit code is the answer', async () => {
  const { code, said } = await start({
    electron: 'shift; echo "the tray app: $*"; exit 7',
    namespaces: true,
    helper: 0o4755,
    args: ['--data-dir', 'x'],
  });
  expect(said).toBe('the tray app: --data-dir x\n');
  expect(code).toBe(7);
});

test('where programs get no user namespaces it says what would help, and runs in the terminal', async () => {
  const { code, said } = await start({ electron: 'echo started', namespaces: false, args: ['--hidden'] });
  expect(said).not.toContain('started');
  expect(said).toMatch(/^Electron's sandbox cannot work: .* sudo chmod 4755 .*Postern runs in this terminal\./);
  // What it names is not installed in a clone; this is.
  const command = /in another terminal: node (\S+)\n/.exec(said)?.[1] ?? '';
  expect(spawnSync(process.execPath, [command, 'status']).stdout.toString()).toBe('in the terminal: status\n');
  expect(said).toMatch(/\nin the terminal: run --practice-if-new\n$/);
  expect(code).toBe(0);
});

test('where they really are forbidden the same is said', async () => {
  const { code, said } = await start({ electron: 'echo started', namespaces: 'forbidden' });
  expect(said).toMatch(
    /^Electron's sandbox cannot work: (?:this system gives no|user namespaces are) .* sudo chmod 4755 /,
  );
  expect(said).toMatch(/\nin the terminal: run --practice-if-new\n$/);
  expect(code).toBe(0);
});

test.each<[string, Pick<Given, 'electron' | 'mode'>, string]>([
  ['ends by SIGTRAP', { electron: 'kill -TRAP $$' }, 'it ended by SIGTRAP'],
  ['ends by SIGABRT', { electron: 'kill -ABRT $$' }, 'it ended by SIGABRT'],
  ['ends by SIGSEGV', { electron: 'kill -SEGV $$' }, 'it ended by SIGSEGV'],
  ['lacks a library', { electron: 'exit 127' }, 'a library is missing'],
  ['cannot be executed', { electron: '', mode: 0o644 }, 'spawn '],
])('an Electron that %s as soon as it starts is not the end', async (_, given, why) => {
  const { code, said } = await start({ ...given, namespaces: true, helper: 0o4755 });
  expect(said).toContain(`Electron could not start here (${why}`);
  expect(said).toMatch(/\nin the terminal: run --practice-if-new\n$/);
  expect(code).toBe(0);
});

test('it is fetched on the project’s own Node, whatever this one is; without it, the terminal', async () => {
  const { code, said } = await start({ electron: null, namespaces: true });
  expect(said).toMatch(
    /^No Electron for project Postern runs in this terminal\.\nWhere .*\nin the terminal: run --practice-if-new\n$/,
  );
  expect(code).toBe(0);
});
