import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import { needControlGroups, needProgram, needRoot } from './needs.ts';
import { type Ran, runProgram } from './programs.ts';
import { startService, until } from './service.ts';

/** A running systemd, with services of its own. */
export interface LiveSystemd {
  /** Runs a bash script in it, which stops at the first failing command. @throws the script's output when it fails */
  run(script: string): Promise<string>;
  /** The same, for a script that may fail. */
  attempt(script: string): Promise<Ran>;
}

/**
 * Boots systemd as the first process of a container: it uses this machine's own files, with all writes kept apart and
 * thrown away, and this machine's network. None of the machine's own services is started.
 *
 * @param prepare is passed a folder, whose contents are placed in the container's root
 * @throws NotHere where systemd-nspawn is missing, or the right to use it
 */
export async function bootSystemd(prepare: (root: string) => void): Promise<LiveSystemd> {
  needRoot();
  needControlGroups();
  needProgram('nsenter');
  const folder = scratchDirectory('systemd');
  const prepared = join(folder, 'prepared');
  const writable = join(folder, 'writable');
  for (const each of [prepared, writable]) mkdirSync(each);
  prepare(prepared);
  const script = [
    'mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir upper work root',
    'mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root',
    'cp -a "$0/." root/',
    // With the host's machine id, systemd would take the container for the host.
    ': >root/etc/machine-id',
    'shift && exec "$@"',
  ].join('\n');
  const boot = [
    ...[needProgram('systemd-nspawn'), '--quiet', '--register=no', '--keep-unit', '--console=pipe'],
    ...[`--directory=${join(writable, 'root')}`, '--boot'],
    // No question about the language, and no waiting for a network that is already there.
    ...['systemd.unit=basic.target', 'systemd.firstboot=no'],
    ...['systemd-networkd-wait-online', 'NetworkManager-wait-online'].map((unit) => `systemd.mask=${unit}.service`),
  ];
  let inside = 0;
  const attempt = (words: string) =>
    runProgram('nsenter', ['--target', String(inside), '--all', 'bash', '-e', '-s'], { input: words });
  // In a mount namespace: the mounts end with it, and so does the container with systemd-nspawn.
  await startService('unshare', ['--mount', 'sh', '-ec', script, prepared, writable, ...boot], {
    async isReady() {
      return inside > 0 && (await attempt('systemctl is-active basic.target')).code === 0;
    },
    onStart({ pid }) {
      const children = `/proc/${pid}/task/${pid}/children`;
      void until(() => {
        inside = Number(readFileSync(children, 'latin1').split(' ')[0]);
        return inside > 0 && readFileSync(`/proc/${inside}/comm`, 'utf8') === 'systemd\n';
      }, 'systemd is the first process').catch(() => undefined);
    },
  });
  return {
    attempt,
    async run(words) {
      const ran = await attempt(words);
      if (ran.code !== 0) throw new Error(`${words}: ${ran.code}\n${ran.stderr}${ran.stdout}`);
      return ran.stdout.toString();
    },
  };
}
