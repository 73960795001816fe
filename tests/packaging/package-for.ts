import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeInstallScript } from '../../scripts/install-script.ts';
import { mustRun } from '../support/programs.ts';
import { root } from '../support/sources.ts';
import { writeStubElectron } from './stub-electron.ts';

/**
 * Packages the built product with electron-builder for Linux, with stand-ins for what it would download: Electron, and
 * fpm.
 *
 * @param folder receives the result, in `out`
 */
export async function packageFor(target: 'dir' | 'deb', folder: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [electron, programs] = [join(folder, 'electron'), join(folder, 'programs')];
  writeStubElectron(electron, devDependencies.electron);
  mkdirSync(programs);
  const fpm = `#!/bin/sh\nexec '${process.execPath}' '${fileURLToPath(new URL('./fpm.ts', import.meta.url))}' "$@"\n`;
  writeFileSync(join(programs, 'fpm'), fpm, { mode: 0o755 });
  writeInstallScript(root);
  await mustRun(
    process.execPath,
    [
      ...['node_modules/electron-builder/cli.js', '--linux', target, '--x64', '--publish', 'never'],
      ...[`-c.electronDist=${electron}`, `-c.directories.output=${join(folder, 'out')}`],
      ...['-c.extraMetadata.homepage=https://postern.test', '-c.linux.maintainer=Anna <anna@postern.test>'],
    ],
    {
      cwd: root,
      seconds: 300,
      env: { ...process.env, USE_SYSTEM_FPM: 'true', PATH: `${programs}:${process.env.PATH}` },
    },
  );
}
