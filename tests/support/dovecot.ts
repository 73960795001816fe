import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import type { MailUser } from './mail-users.ts';
import { needProgram } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { accepts, type Service, startService } from './service.ts';

/** A real Dovecot with a mail store of its own. */
export interface Dovecot {
  ports: { imaps: number; imap: number; pop3s: number; pop3: number };
  /** The mail of each user is in `<address>/Maildir` below this. */
  store: string;
  /** The Unix socket of its sign-in service, for Postfix. */
  authSocket: string;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * The user that owns stored mail: `mail` on every Debian when root starts the server; otherwise the person who runs it.
 */
export const mailOwner = userInfo().uid === 0 ? { uid: 8, gid: 8 } : { uid: userInfo().uid, gid: userInfo().gid };

/**
 * Starts IMAP and POP3 on 127.0.0.1, each on a TLS port and on a port that requires STARTTLS before sign-in. Accepts
 * PLAIN, LOGIN, CRAM-MD5 and, for POP3, APOP.
 *
 * @param options.tokens only accepts access tokens of an issuer (XOAUTH2, OAUTHBEARER): its public key for RS256
 * @param options.on another Dovecot's ports and store, for a server that comes back with another certificate.
 */
export async function startDovecot(options: {
  identity: Identity;
  users: MailUser[];
  tokens?: { publicKey: string };
  on?: Pick<Dovecot, 'ports' | 'store'>;
  /** The only mechanisms that it offers. */
  mechanisms?: string;
}): Promise<Dovecot> {
  const { identity, users, on, tokens } = options;
  const { mechanisms = tokens ? 'xoauth2 oauthbearer' : 'plain login cram-md5 apop' } = options;
  const directory = scratchDirectory('dovecot');
  // Its login processes run as users without any rights.
  chmodSync(directory, 0o711);
  const files = writeFiles(directory, identity);
  const passwords = join(directory, 'passwords');
  writeFileSync(passwords, users.map(({ address, password }) => `${address}:{PLAIN}${password}::::::\n`).join(''));
  const store = on?.store ?? join(directory, 'store');
  mkdirSync(store, { recursive: true });
  chownSync(store, mailOwner.uid, mailOwner.gid);
  const ports = on?.ports ?? {
    imaps: await freePort(),
    imap: await freePort(),
    pop3s: await freePort(),
    pop3: await freePort(),
  };
  const logFile = join(directory, 'log');
  const authSocket = join(directory, 'auth');
  const person = userInfo();
  const unprivileged =
    person.uid === 0
      ? ''
      : `
default_internal_user = ${person.username}
default_internal_group = ${execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()}
default_login_user = ${person.username}
service anvil {
  chroot =
}
service stats {
  chroot =
}`;
  const configuration = join(directory, 'dovecot.conf');
  writeFileSync(
    configuration,
    `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${logFile}
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <${files.certificate}
ssl_key = <${files.key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = ${mechanisms}
auth_verbose = yes
auth_failure_delay = 0
mail_location = maildir:${store}/%u/Maildir
mail_max_userip_connections = 1000
pop3_uidl_format = %g
first_valid_uid = ${mailOwner.uid}
first_valid_gid = ${mailOwner.gid}
${tokens ? passdbForTokens(directory, tokens.publicKey) : passdbForPasswords(passwords)}
userdb {
  driver = static
  args = uid=${mailOwner.uid} gid=${mailOwner.gid} home=${store}/%u
}
namespace inbox {
  inbox = yes
}
service auth {
  unix_listener ${authSocket} {
    mode = 0666
  }
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service pop3-login {
  chroot =
  service_count = 0
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${ports.pop3s}
    ssl = yes
  }
}
${unprivileged}
`,
  );
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const service: Service = await startService(needProgram('dovecot'), ['-F', '-c', configuration], {
    isReady: async () =>
      (await Promise.all(Object.values(ports).map(accepts))).every(Boolean) && existsSync(authSocket),
    explain: log,
  });
  return { ports, store, authSocket, log, stop: service.stop };
}

function passdbForPasswords(file: string): string {
  return `passdb {
  driver = passwd-file
  args = username_format=%u ${file}
}`;
}

/** Verifies the signature itself, with the key that it finds under the token's key id. */
function passdbForTokens(directory: string, publicKey: string): string {
  const keys = join(directory, 'keys', 'default', 'RS256');
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, 'a'), publicKey);
  for (const folder of ['keys', 'keys/default', 'keys/default/RS256']) chmodSync(join(directory, folder), 0o755);
  const settings = join(directory, 'oauth2.conf');
  writeFileSync(
    settings,
    `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${directory}/keys/
username_attribute = email
`,
  );
  return `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${settings}
}`;
}
