// The first part of `npm run test:guest`: what the guest is made of. Installs what scripts/guest-peers.txt lists, and
// unpacks Debian's kernel, which is never installed. The one for virtual machines would be smaller, but has no PPP.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { guestKernel } from '../tests/guest/kernel.ts';
import { root } from '../tests/support/sources.ts';

/** Runs a program and returns what it printed. @throws when it fails, with its output. */
function run(program: string, args: string[], cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** The package with today's kernel: the one that Debian's name for "the newest" depends on. */
function kernelPackage(): string {
  const depends = run('apt-cache', ['depends', 'linux-image-amd64']);
  const [, name] = /Depends: (linux-image-\S+)/.exec(depends) ?? [];
  if (name === undefined) throw new Error(`This system has no kernel package:\n${depends}`);
  return name;
}

if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/usr/bin/apt-get')) {
  throw new Error(
    'The guest is made of the packages of Debian on a 64-bit PC; run this there, or in such a container.',
  );
}
process.stdout.write(run(join(root, 'scripts/install-peers'), [join(root, 'scripts/guest-peers.txt')]));
if (!existsSync(guestKernel)) {
  mkdirSync(dirname(guestKernel), { recursive: true });
  const folder = mkdtempSync(`${guestKernel}-`);
  try {
    run('apt-get', ['download', kernelPackage()], folder);
    const [file] = readdirSync(folder);
    run('dpkg-deb', ['-x', join(folder, file ?? ''), join(folder, 'kernel')]);
    renameSync(join(folder, 'kernel'), guestKernel);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
