// `npm run package`: the tray app for this system, into release/. Arguments after `--` go to electron-builder:
// `npm run package -- --linux AppImage`. See docs/packaging.md for signing and updates.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeInstallScript } from './install-script.ts';
import { packagingArguments } from './packaging.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packaging = packagingArguments({
  system: process.platform,
  environment: process.env,
  words: process.argv.slice(2),
});
if ('problems' in packaging) {
  for (const problem of packaging.problems) process.stderr.write(`${problem}\n`);
  process.exit(2);
}

run('scripts/build.ts');
writeInstallScript(root);
run('node_modules/electron-builder/cli.js', ...packaging.args);

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
