import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import { mailOwner } from './dovecot.ts';
import { type MailUser, serverName } from './mail-users.ts';
import { needProgram, needRoot } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { accepts, startService } from './service.ts';
import { peerLibraries, peers, withView } from './unpacked-peers.ts';

/** A real Exim that accepts mail from signed-in users, and keeps it. */
export interface Exim {
  /** `submissions`: TLS from the first byte. `submission`: sign-in only after STARTTLS. */
  ports: { submissions: number; submission: number };
  /** What it has logged about messages so far. */
  log(): string;
}

/** Starts it on 127.0.0.1. Its TLS is GnuTLS. */
export async function startExim({ identity, user }: { identity: Identity; user: MailUser }): Promise<Exim> {
  needRoot();
  const program = needProgram(`${peers}/usr/lib/exim4/exim4`);
  const directory = scratchDirectory('exim');
  chmodSync(directory, 0o711);
  const files = writeFiles(directory, identity);
  chownSync(files.key, mailOwner.uid, mailOwner.gid);
  for (const name of ['spool', 'log']) {
    mkdirSync(join(directory, name));
    chownSync(join(directory, name), mailOwner.uid, mailOwner.gid);
  }
  const ports = { submissions: await freePort(), submission: await freePort() };
  const configuration = join(directory, 'configuration');
  const { address, password } = user;
  writeFileSync(
    configuration,
    `
exim_user = mail
exim_group = mail
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
pid_file_path = ${directory}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${ports.submissions} : ${ports.submission}
tls_on_connect_ports = ${ports.submissions}
tls_advertise_hosts = *
tls_certificate = ${files.certificate}
tls_privatekey = ${files.key}
primary_hostname = ${serverName}
keep_environment =
host_lookup =
rfc1413_hosts =
queue_only = true
smtp_accept_max = 100
acl_smtp_rcpt = recipient
begin acl
recipient:
  accept authenticated = *
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_advertise_condition = \${if def:tls_in_cipher}
  server_condition = \${if and{{eq{$auth2}{${address}}}{eq{$auth3}{${password}}}}}
`,
  );
  const log = () => {
    try {
      return readFileSync(join(directory, 'log', 'mainlog'), 'utf8');
    } catch {
      return '';
    }
  };
  await startService('unshare', [...withView(directory, 'Debian-exim'), program, '-C', configuration, '-bdf'], {
    env: { LD_LIBRARY_PATH: peerLibraries },
    isReady: async () => (await Promise.all(Object.values(ports).map(accepts))).every(Boolean),
    explain: log,
    endsByForce: true,
  });
  return { ports, log };
}
