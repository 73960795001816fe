import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeInstallScript } from '../../scripts/install-script.ts';
import { mustRun } from '../support/programs.ts';
import { root } from '../support/sources.ts';
import { writeStubElectron } from './stub-electron.ts';

/**
 * Packages the built product with electron-builder for Linux, with stand-ins for what it would download: Electron, fpm, and
 * the tools for an AppImage.
 *
 * @param folder receives the result, in `out`; beside an AppImage lies `tree`, what its file system would be made from
 */
export async function packageFor(target: 'AppImage' | 'deb', folder: string): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [electron, programs] = [join(folder, 'electron'), join(folder, 'programs')];
  writeStubElectron(electron, devDependencies.electron);
  mkdirSync(programs);
  const fpm = `#!/bin/sh\nexec '${process.execPath}' '${fileURLToPath(new URL('./fpm.ts', import.meta.url))}' "$@"\n`;
  writeFileSync(join(programs, 'fpm'), fpm, { mode: 0o755 });
  const tools = join(folder, 'appimage-tools');
  for (const each of ['runtimes', 'lib/x64']) mkdirSync(join(tools, each), { recursive: true });
  writeFileSync(join(tools, 'runtimes', 'runtime-x64'), 'the runtime\n');
  writeFileSync(join(tools, 'desktop-file-validate'), '#!/bin/sh\n', { mode: 0o755 });
  // What it is given: STAGE OUTPUT -offset BYTES …
  const pack = `#!/bin/sh\ncp -R "$1" '${join(folder, 'tree')}' && head -c "$4" /dev/zero > "$2" && echo 'the file system' >> "$2"\n`;
  writeFileSync(join(tools, 'mksquashfs'), pack, { mode: 0o755 });
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
      env: {
        ...process.env,
        ...{ USE_SYSTEM_FPM: 'true', APPIMAGE_TOOLS_PATH: tools, PATH: `${programs}:${process.env.PATH}` },
      },
    },
  );
}
