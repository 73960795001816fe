import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { beforeAll, describe, expect, test } from 'vitest';
import { startTrayApp } from '../end-to-end/desktop/shells.ts';
import { launchBrowser } from '../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { runProgram } from '../support/programs.ts';
import { packageFor } from './package-for.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The maximum size of the app, in bytes: Electron itself is about twenty times as large. */
const budget = 8 * 1024 * 1024;

const release = scratchDirectory('release');
const unpacked = join(release, 'out', 'linux-unpacked');
const archive = join(unpacked, 'resources', 'app.asar');
const extracted = join(release, 'extracted');

beforeAll(async () => {
  await packageFor('AppImage', release);
  extractAll(archive, extracted);
});

/** Every file in a folder and its subfolders, by its path in it. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

describe('the package', () => {
  test('is the packed Electron, under our name, with our archive in it', () => {
    expect(existsSync(join(unpacked, 'postern-desktop'))).toBe(true);
    expect(readdirSync(join(unpacked, 'resources')).sort()).toEqual(['app.asar', 'app.asar.unpacked', 'bin']);
    expect(readdirSync(join(unpacked, 'resources', 'bin'))).toEqual(['postern']);
    expect(statSync(join(unpacked, 'resources', 'bin', 'postern')).mode & 0o111).toBe(0o111);
  });

  test('holds exactly what runs', () => {
    const built = ['dist/main/desktop-parts', 'dist/renderer'].flatMap((folder) =>
      filesBelow(join(root, folder)).map((file) => `${folder}/${file}`),
    );
    const icons = readdirSync(join(root, 'assets/tray'))
      .filter((file) => file.endsWith('.png'))
      .map((file) => `assets/tray/${file}`);
    const own = filesBelow(extracted).filter((file) => !file.startsWith('node_modules/'));
    expect(own.sort()).toEqual(
      [
        ...built,
        ...icons,
        'assets/icon.png',
        'dist/licences.txt',
        'dist/main/command.js',
        'dist/main/core-process.js',
        'dist/main/electron.js',
        'dist/main/preload.cjs',
        'package.json',
      ].sort(),
    );
  });

  test('has no source, no test, no map and no key in it, and keeps to its budget', () => {
    const paths = listPackage(archive, { isPack: false });
    expect(paths.filter((path) => /tests?\/|\.tsx?$|\.map$|\.pem$|\.key$/.test(path))).toEqual([]);
    expect(statSync(archive).size).toBeLessThan(budget);
  });

  test('has one package in it, the keychain’s, since native code cannot be bundled: it is beside the archive', () => {
    const native = filesBelow(join(unpacked, 'resources', 'app.asar.unpacked'));
    expect(native.filter((file) => file.endsWith('.node'))).toHaveLength(1);
    const packages = [...native, ...filesBelow(extracted).filter((file) => file.startsWith('node_modules/'))];
    expect(packages.filter((file) => !file.startsWith('node_modules/@napi-rs/keyring'))).toEqual([]);
  });

  test('whose native code loads from where it was packed', async () => {
    const load =
      "const { AsyncEntry } = await import('@napi-rs/keyring'); new AsyncEntry('Postern', 'x'); console.log('ok');";
    const { stdout, stderr } = await runProgram(process.execPath, ['--input-type=module', '-e', load], {
      cwd: extracted,
    });
    expect([stdout.toString(), stderr]).toEqual(['ok\n', '']);
  });

  test('has a manifest without what is for developers', () => {
    const packed = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8'));
    expect(packed).toMatchObject({ name: 'postern', version: manifest.version, type: 'module' });
    expect(existsSync(join(extracted, packed.main))).toBe(true);
    expect(packed.devDependencies).toBeUndefined();
    expect(packed.scripts).toBeUndefined();
  });

  test('names the licence of every package that was built in', () => {
    const text = readFileSync(join(extracted, 'dist/licences.txt'), 'utf8');
    const missing = Object.keys(manifest.dependencies).filter((name) => !text.includes(`\n${name} `));
    expect(missing).toEqual([]);
    expect(text).toContain(`react ${manifest.devDependencies.react}`);
  });
});

test('79: the binary’s fuses are burnt as the configuration says', async () => {
  const wire = (await getCurrentFuseWire(join(unpacked, 'postern-desktop'))) as Partial<
    Record<FuseV1Options, FuseState>
  >;
  const is = (fuse: FuseV1Options) => wire[fuse] === FuseState.ENABLE;
  expect({
    runAsNode: is(FuseV1Options.RunAsNode),
    nodeOptions: is(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: is(FuseV1Options.EnableNodeCliInspectArguments),
    fileProtocol: is(FuseV1Options.GrantFileProtocolExtraPrivileges),
    integrity: is(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: is(FuseV1Options.OnlyLoadAppFromAsar),
    encryptedCookies: is(FuseV1Options.EnableCookieEncryption),
  }).toEqual({
    runAsNode: false,
    nodeOptions: false,
    inspect: false,
    fileProtocol: false,
    integrity: true,
    onlyAsar: true,
    // No cookie is worth asking the person for the keychain's password.
    encryptedCookies: false,
  });
});

test.each([
  ['win', ['nsis', 'portable']],
  ['mac', ['target: dmg', 'arch: universal', 'target: zip', 'arch: universal']],
  ['linux', ['AppImage', 'deb', 'rpm']],
])('the configuration packages for %s', (system, targets) => {
  const text = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
  const section = new RegExp(`^${system}:\\n(?: .*\\n)+`, 'm').exec(text)?.[0] ?? '';
  const listed = /^ {2}target:\n((?: {4}.*\n)+)/m.exec(section)?.[1] ?? '';
  expect(
    listed
      .split('\n')
      .map((line) => line.replace(/^[ -]+/, ''))
      .filter(Boolean),
  ).toEqual(targets);
});

test('macOS: signed by nobody, but signed, and so without library validation', () => {
  const text = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
  const section = /^mac:\n(?: .*\n)+/m.exec(text)?.[0] ?? '';
  expect(section).toMatch(/^ {2}identity: "-"$/m);
  expect(section).toMatch(/^ {2}hardenedRuntime: false$/m);
});

describe('the AppImage', () => {
  const tree = join(release, 'tree');
  /** What its start script starts, on a system whose `unshare` ends like this. */
  async function started(unshare: number, ...args: string[]): Promise<string> {
    const programs = scratchDirectory('unshare');
    writeFileSync(join(programs, 'unshare'), `#!/bin/sh\nexit ${unshare}\n`, { mode: 0o755 });
    writeFileSync(join(tree, 'postern-desktop'), '#!/bin/sh\nprintf "%s|" "$@"\n', { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env.PATH}` };
    return (await runProgram(join(tree, 'AppRun'), args, { env })).stdout.toString();
  }

  test('is the runtime, and behind it the file system', () => {
    const [file = ''] = readdirSync(join(release, 'out')).filter((name) => name.endsWith('.AppImage'));
    const text = readFileSync(join(release, 'out', file), 'latin1');
    expect(text.startsWith('the runtime\nthe file system\n')).toBe(true);
    expect(existsSync(join(tree, 'resources', 'app.asar'))).toBe(true);
  });

  test('its desktop entry has the app’s one name and starts nothing without its sandbox', () => {
    const entry = readFileSync(join(tree, 'org.postern.Postern.desktop'), 'utf8');
    expect(entry).toMatch(/^Exec=AppRun %U$/m);
    expect(entry).toMatch(/^StartupWMClass=org\.postern\.Postern$/m);
  });

  test('its start script gives the app what it was given; where there are no user namespaces, without the sandbox', async () => {
    expect(await started(0, '--data-dir', 'a folder')).toBe('--data-dir|a folder|');
    expect(await started(1, '--hidden')).toBe('--no-sandbox|--hidden|');
  });

  test('without the sandbox the app in it says what would help, and ends', async () => {
    const browser = await launchBrowser();
    atEnd(() => browser.close());
    const running = await startTrayApp(join(archive, 'dist/main/electron.js'), browser, {
      standIn: { commandLine: ['no-sandbox'], resources: join(unpacked, 'resources') },
    });
    expect(await running.screen?.ended).toBe(1);
    expect(running.screen?.errors.join()).toContain('install the deb package');
  });
});

test('nothing is a placeholder, and no build is started without its sandbox', () => {
  const text = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
  expect(text).not.toMatch(/\bexample\.(?:com|net|org)\b|maintainer|homepage/);
  expect(text).not.toContain('no-sandbox');
  // The older runtime's desktop entry has --no-sandbox, and needs libfuse2 (app-builder-lib, AppImageTarget.js).
  expect(text).toMatch(/^toolsets:\n(?: .*\n)* {2}appimage: "1\.\d+\.\d+"$/m);
});

test('Linux: desktop entry, window class and Wayland app id are one name', () => {
  const packed = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8'));
  expect(packed.desktopName).toBe('org.postern.Postern.desktop');
  const text = readFileSync(join(root, 'electron-builder.yml'), 'utf8');
  expect(text).toMatch(/^ {2}syncDesktopName: true$/m);
  expect(text).toContain('\nappId: org.postern.Postern\n');
});

describe('the command in the package', () => {
  const launcher = join(unpacked, 'resources', 'bin', 'postern');
  const runner = join(root, 'tests/end-to-end/desktop/stand-in/run.ts');
  /** Replaces Electron's binary with the stand-in. */
  function standInBinary(script: string): void {
    writeFileSync(join(unpacked, 'postern-desktop'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const command = (...args: string[]) => runProgram(launcher, args);

  test('is the app, told to be the command: its words reach it as they are, and its exit code comes back', async () => {
    standInBinary(`exec ${process.execPath} ${runner} ${join(archive, 'dist/main/electron.js')} "$@"`);
    const version = await command('--version');
    expect([version.code, version.stdout.toString()]).toEqual([0, `${manifest.version}\n`]);
    const file = join(release, 'a config.json');
    writeFileSync(file, '{ "version": 7 }');
    const invalid = await command('config', 'validate', file);
    expect(invalid.code).toBe(2);
    expect(invalid.stderr + invalid.stdout.toString()).toContain('a config.json');
    const status = await command('status', '--data-dir', join(release, 'nothing'));
    expect(status.code).toBe(1);
  });

  test('needs no display, gives Chromium nothing to take for its own, and without a word is the app', async () => {
    standInBinary('printf "%s|" "$@"');
    expect((await command('status', '--json')).stdout.toString()).toBe(
      '--js-flags=--max-semi-space-size=4|--ozone-platform=headless|--postern-command|--|status|--json|',
    );
    expect((await command()).stdout.toString()).toBe('|');
  });

  test('says what is missing where the app is gone', async () => {
    rmSync(join(unpacked, 'postern-desktop'));
    const { code, stderr } = await command('status');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Install Postern again')]);
  });
});

test('no feed for updates is configured, so the package holds no address of one', () => {
  expect(readFileSync(join(root, 'electron-builder.yml'), 'utf8')).toMatch(/^publish: null$/m);
  expect(existsSync(join(unpacked, 'resources', 'app-update.yml'))).toBe(false);
});

test('honest: 79: what was packed runs: the window opens, with the practice account, and no updates are looked for', async () => {
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  const running = await startTrayApp(join(archive, 'dist/main/electron.js'), browser, {
    standIn: { resources: join(unpacked, 'resources') },
  });
  const page = await running.openWindow();
  await page.getByText('This is a practice account.').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
  await page.getByText(manifest.version).first().waitFor();
  await page.getByText('No automatic updates: no source for them is set up.').waitFor();
  expect(running.screen?.complaints).toEqual([]);
  await running.stop();
});
