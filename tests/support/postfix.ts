import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import { type Dovecot, mailOwner } from './dovecot.ts';
import { domain, type MailUser, serverName } from './mail-users.ts';
import { needProgram, needRoot } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { mustRun } from './programs.ts';
import { accepts, startService } from './service.ts';

/** A real Postfix that accepts mail from signed-in users and delivers it to Dovecot's store. */
export interface Postfix {
  /** `submissions`: TLS from the first byte (465 style). `submission`: mandatory STARTTLS (587 style). */
  ports: { submissions: number; submission: number };
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** The largest message that it accepts, in bytes: room for an attachment of 40 MB in base64. */
const messageSizeLimit = 104_857_600;

/**
 * Starts Postfix with a configuration and queue of its own. Needs root, as Postfix does.
 *
 * @param options.dovecot checks the passwords and holds the mailboxes.
 */
export async function startPostfix(options: {
  identity: Identity;
  dovecot: Dovecot;
  users: MailUser[];
}): Promise<Postfix> {
  const { identity, dovecot, users } = options;
  needRoot();
  const directory = scratchDirectory('postfix');
  chmodSync(directory, 0o755);
  const configuration = join(directory, 'etc');
  for (const name of ['etc', 'queue']) mkdirSync(join(directory, name));
  const files = writeFiles(configuration, identity);
  const ports = { submissions: await freePort(), submission: await freePort() };
  const logFile = join(directory, 'log');
  const mailboxes = users.map(({ address }) => `{${address}=${address}/Maildir/}`).join(', ');
  writeFileSync(
    join(configuration, 'main.cf'),
    `
compatibility_level = 3.6
import_environment = MAIL_CONFIG POSTERN_TEST_RUN
queue_directory = ${directory}/queue
data_directory = ${directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${logFile}
maillog_file_prefixes = ${directory}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = ${serverName}
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = ${domain}
virtual_mailbox_base = ${dovecot.store}
virtual_mailbox_maps = inline:{ ${mailboxes} }
virtual_uid_maps = static:${mailOwner.uid}
virtual_gid_maps = static:${mailOwner.gid}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = ${messageSizeLimit}
queue_minfree = 0
in_flow_delay = 0
smtputf8_enable = yes
smtpd_tls_cert_file = ${files.certificate}
smtpd_tls_key_file = ${files.key}
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${dovecot.authSocket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_peername_lookup = no
`,
  );
  writeFileSync(
    join(configuration, 'master.cf'),
    `
127.0.0.1:${ports.submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:${ports.submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`,
  );
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  // Creates the queue's folders. The master is started directly: the postfix command would put a shell in between.
  await mustRun('postfix', ['-c', configuration, 'check']);
  const service = await startService(needProgram('/usr/lib/postfix/sbin/master'), ['-c', configuration, '-s'], {
    isReady: async () => (await Promise.all(Object.values(ports).map(accepts))).every(Boolean),
    explain: log,
  });
  return { ports, log, stop: service.stop };
}
