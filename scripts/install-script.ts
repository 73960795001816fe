import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Writes what a deb or rpm does when it is installed, for `afterInstall` in electron-builder.yml: electron-builder's own
 * script (the sandbox, the AppArmor rule), and then ours, since a package can have only one.
 *
 * @param root the project's folder
 */
export function writeInstallScript(root: string): void {
  const builder = dirname(createRequire(import.meta.url).resolve('app-builder-lib/package.json'));
  const theirs = readFileSync(join(builder, 'templates', 'linux', 'after-install.tpl'), 'utf8');
  const ours = readFileSync(join(root, 'deploy', 'packaging', 'after-install'), 'utf8');
  writeFileSync(join(root, 'dist', 'after-install.tpl'), theirs + ours);
}
