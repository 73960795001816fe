import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scratchDirectory } from '../support/clean-up.ts';
import { needProgram } from '../support/needs.ts';
import { mustRun } from '../support/programs.ts';
import { guestKernel } from './kernel.ts';

/** The modules of the network card, of the line to the host, and of PPP, ordered so that each finds what it needs. */
const modules = [
  ...['net/core/failover', 'drivers/net/net_failover'],
  ...['drivers/virtio/virtio_ring', 'drivers/virtio/virtio'],
  ...['drivers/virtio/virtio_pci_modern_dev', 'drivers/virtio/virtio_pci_legacy_dev', 'drivers/virtio/virtio_pci'],
  ...['drivers/net/virtio_net', 'drivers/char/virtio_console'],
  ...['drivers/net/slip/slhc', 'drivers/net/ppp/ppp_generic', 'drivers/net/ppp/ppp_async'],
];

/**
 * The first program in the guest. It ends by switching the machine off; `show` passes a file to the host, on a line
 * that waits for its reader: a serial console loses characters on a busy computer.
 */
const init = (network: readonly string[]) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
for module in ${modules.map((path) => basename(path)).join(' ')}; do insmod /modules/$module.ko; done
${network.join('\n')}
exec 3>"$(echo /dev/vport*)"
show() { echo "$1 $(base64 -w 0 "$2")" >&3; }
cd /root
. ./script
show end /dev/null
poweroff -f
`;

/** As a guest on QEMU's user-mode network. */
const byUserMode = ['ip link set eth0 up', 'ip address add 10.0.2.15/24 dev eth0', 'ip route add default via 10.0.2.2'];

/** With nothing but a serial port: pppd returns when the line is up, and asks the other side for its address. */
const byPpp = ['pppd /dev/ttyS1 115200 local noauth noipdefault nodefaultroute updetach'];

/** Copies a program and the libraries that it is linked with. */
async function copyProgram(program: string, to: string): Promise<void> {
  const file = needProgram(program);
  const { stdout } = await mustRun('sh', ['-c', 'ldd "$1" || true', 'sh', file]);
  const libraries = [...stdout.toString().matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, library]) => library ?? '');
  for (const each of libraries) {
    mkdirSync(join(to, dirname(each)), { recursive: true });
    cpSync(realpathSync(each), join(to, each));
  }
  cpSync(realpathSync(file), join(to, 'bin', basename(program)));
}

/** The guest's file system, in the form in which the kernel reads it from memory. */
async function fileSystem(files: ReadonlyMap<string, string | Uint8Array>, ppp: boolean): Promise<Buffer> {
  const folder = join(scratchDirectory('guest-files'), 'root');
  for (const each of ['bin', 'dev', 'etc/ppp', 'proc', 'modules', 'root', 'run', 'var'])
    mkdirSync(join(folder, each), { recursive: true });
  symlinkSync('../run', join(folder, 'var', 'run'));
  writeFileSync(join(folder, 'etc', 'ppp', 'options'), '');
  for (const program of ['busybox', 'curl', '/usr/sbin/pppd']) await copyProgram(program, folder);
  const [release = ''] = readdirSync(join(guestKernel, 'lib', 'modules'));
  for (const path of modules) {
    const file = `${path}.ko`;
    cpSync(join(guestKernel, 'lib/modules', release, 'kernel', file), join(folder, 'modules', basename(file)));
  }
  writeFileSync(join(folder, 'init'), init(ppp ? byPpp : byUserMode), { mode: 0o755 });
  for (const [name, content] of files) writeFileSync(join(folder, 'root', name), content);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).join('\n');
  const { stdout } = await mustRun('busybox', ['cpio', '-o', '-H', 'newc'], { input: `${names}\n`, cwd: folder });
  return gzipSync(stdout, { level: 1 });
}

/**
 * Starts a Linux in QEMU with user-mode networking, as set up by `-nic user`: the guest is 10.0.2.15, and sees this
 * computer's own 127.0.0.1 as 10.0.2.2. Or with nothing but a serial port, on which it speaks PPP. Waits until the guest
 * has switched itself off.
 *
 * @param given the contents of the guest's /root; sh runs `script` there.
 * @param options.user the id of the user who runs the emulator; the one who runs the tests by default.
 * @param options.serial the Unix socket that its serial port is connected to, instead of a network card
 * @returns what the guest has shown (`show NAME FILE`), by name
 * @throws with the console's output, if the guest did not reach the end of the script
 */
export async function runGuest(
  given: ReadonlyMap<string, string | Uint8Array>,
  options: { user?: number; serial?: string } = {},
): Promise<Map<string, Buffer>> {
  const folder = scratchDirectory('guest');
  chmodSync(folder, 0o755);
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, await fileSystem(given, options.serial !== undefined), { mode: 0o644 });
  const line = join(folder, 'shown');
  writeFileSync(line, '');
  chmodSync(line, 0o666);
  const [kernel = ''] = readdirSync(join(guestKernel, 'boot')).filter((name) => name.startsWith('vmlinuz'));
  const { user, serial } = options;
  const ran = await mustRun(
    'setpriv',
    [
      ...(user === undefined ? [] : ['--reuid', String(user), '--regid', String(user), '--clear-groups']),
      // The processor is emulated in software: slow, but the same whether or not hardware virtualisation is permitted.
      ...[needProgram('qemu-system-x86_64'), '-accel', 'tcg', '-m', '256', '-nodefaults', '-no-reboot'],
      ...['-display', 'none', '-serial', 'stdio'],
      ...(serial === undefined
        ? ['-nic', 'user,model=virtio-net-pci']
        : ['-nic', 'none', '-chardev', `socket,id=line,path=${serial}`, '-serial', 'chardev:line']),
      ...[
        '-device',
        'virtio-serial-pci',
        '-chardev',
        `file,id=shown,path=${line}`,
        '-device',
        'virtserialport,chardev=shown',
      ],
      ...['-kernel', join(guestKernel, 'boot', kernel), '-initrd', initrd],
      ...['-append', 'console=ttyS0 quiet loglevel=0 panic=-1'],
    ],
    { seconds: 540 },
  );
  const shown = readFileSync(line, 'utf8').matchAll(/^(\S+) ([\w+/=]*)$/gm);
  const files = new Map([...shown].map(([, name = '', content = '']) => [name, Buffer.from(content, 'base64')]));
  if (!files.delete('end')) throw new Error(`The guest did not come to its end:\n${ran.stdout}${ran.stderr}`);
  return files;
}
