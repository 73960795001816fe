// `npm run package`: the tray app for this system, into release/. Arguments after `--` go to electron-builder:
// `npm run package -- --linux AppImage`. See docs/packaging.md for signing and updates.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeInstallScript } from './install-script.ts';
import { nativePackages, packagingArguments } from './packaging.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = { cwd: root, stdio: 'inherit' } as const;
const packaging = packagingArguments({
  system: process.platform,
  environment: process.env,
  words: process.argv.slice(2),
});
if ('problems' in packaging) {
  for (const problem of packaging.problems) process.stderr.write(`${problem}\n`);
  process.exit(2);
}

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const native = nativePackages(process.platform, dependencies['@napi-rs/keyring']);
// By force: one of them is for the other kind of processor.
if (native.length > 0)
  ended(spawnSync('npm', ['install', '--no-save', '--force', '--ignore-scripts', ...native], here));
run('scripts/build.ts');
writeInstallScript(root);
run('node_modules/electron-builder/cli.js', ...packaging.args);

function run(program: string, ...args: string[]): void {
  ended(spawnSync(process.execPath, [join(root, program), ...args], here));
}

function ended({ status }: { status: number | null }): void {
  if (status !== 0) process.exit(status ?? 1);
}
