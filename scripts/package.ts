// `npm run package`: the tray app for this system, into release/. Words behind `--` go to electron-builder:
// `npm run package -- --linux deb`. See docs/packaging.md for signing and updates.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const feed = process.env.POSTERN_UPDATE_FEED;

/** Without a feed the app is packaged without an address to look at, and says so. */
const updates = feed ? ['-c.publish.provider=generic', `-c.publish.url=${feed}`] : [];

for (const [program, ...args] of [
  ['scripts/build.ts'],
  ['node_modules/electron-builder/cli.js', '--publish', 'never', ...updates, ...process.argv.slice(2)],
] as [string, ...string[]][]) {
  const { status } = spawnSync(process.execPath, [join(root, program), ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
