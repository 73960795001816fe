import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mailOwner } from './dovecot.ts';

/** Where scripts/install-peers unpacks what cannot be installed alongside the other servers. */
export const peers = '/usr/local/lib/postern-peers';

/** For LD_LIBRARY_PATH. */
export const peerLibraries = [
  'usr/lib',
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'lib/x86_64-linux-gnu',
]
  .map((folder) => join(peers, folder))
  .join(':');

/**
 * Some of them look for a user of their own, and for files in fixed places: they get a view of the file system in which
 * these exist.
 *
 * @param directory for files of the view
 * @param user whom the server looks for
 * @param commands further shell commands that set up the view
 * @returns the beginning of a command line, for `unshare`, which takes no notice of SIGTERM and takes the server with it
 *   when it is killed; the server and its arguments follow. Needs root
 */
export function withView(directory: string, user: string, commands: string[] = []): string[] {
  const { uid, gid } = mailOwner;
  for (const [file, line] of [
    ['passwd', `${user}:x:${uid}:${gid}::/:/bin/false\n`],
    ['group', `${user}:x:${gid}:\n`],
  ] as const) {
    writeFileSync(join(directory, file), readFileSync(`/etc/${file}`, 'utf8') + line);
  }
  const view = [
    `mount --bind ${directory}/passwd /etc/passwd`,
    `mount --bind ${directory}/group /etc/group`,
    ...commands,
    'exec "$@"',
  ];
  return ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', view.join(' && '), 'sh'];
}
