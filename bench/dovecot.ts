import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, startProgram, untilAccepts } from './processes.ts';

/** A real Dovecot with one large mailbox. */
export interface Mailbox {
  imaps: number;
  user: string;
  password: string;
}

const headers = 'From: a@example.test\r\nTo: b@example.test\r\nSubject: bench\r\n\r\n';
const line = `${'x'.repeat(76)}\r\n`;

/**
 * @param files the server's certificate and key
 * @param messages how many
 * @param bytes size of each
 * @returns null where Dovecot is not installed
 */
export async function startMailbox(
  directory: string,
  files: { certificate: string; key: string },
  messages: number,
  bytes: number,
): Promise<Mailbox | null> {
  if (!existsSync('/usr/sbin/dovecot')) return null;
  const { uid, gid, username } = userInfo();
  const owner = uid === 0 ? { uid: 8, gid: 8 } : { uid, gid };
  const inbox = join(directory, 'maildir', 'cur');
  for (const folder of ['cur', 'new', 'tmp']) mkdirSync(join(directory, 'maildir', folder), { recursive: true });
  const message = headers + line.repeat(Math.ceil((bytes - headers.length) / line.length));
  for (let number = 0; number < messages; number += 1) {
    const name = join(inbox, `${1_700_000_000 + number}.m${number}.bench:2,S`);
    writeFileSync(name, message);
    chownSync(name, owner.uid, owner.gid);
  }
  for (const folder of ['', 'cur', 'new', 'tmp']) chownSync(join(directory, 'maildir', folder), owner.uid, owner.gid);
  chmodSync(directory, 0o711);
  const passwords = join(directory, 'passwords');
  writeFileSync(passwords, 'load:{PLAIN}load::::::\n');
  const port = await freePort();
  const configuration = join(directory, 'dovecot.conf');
  writeFileSync(
    configuration,
    `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${files.certificate}
ssl_key = <${files.key}
mail_max_userip_connections = 200
mail_location = maildir:${directory}/maildir
first_valid_uid = ${owner.uid}
first_valid_gid = ${owner.gid}
passdb {
  driver = passwd-file
  args = username_format=%u ${passwords}
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${directory}
}
namespace inbox {
  inbox = yes
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
}
${
  uid === 0
    ? ''
    : `
default_internal_user = ${username}
default_internal_group = ${gid}
default_login_user = ${username}
service anvil {
  chroot =
}
service stats {
  chroot =
}`
}
`,
  );
  const child = startProgram('/usr/sbin/dovecot', ['-F', '-c', configuration]);
  await untilAccepts(port, child);
  return { imaps: port, user: 'load', password: 'load' };
}
