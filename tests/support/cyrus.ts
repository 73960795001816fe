import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { mailOwner } from './dovecot.ts';
import type { MailUser } from './mail-users.ts';
import { needProgram } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { accepts, startService } from './service.ts';

/** A real Cyrus with a mail store of its own. It closes after QUIT and LOGOUT without TLS's goodbye. */
export interface Cyrus {
  ports: { imaps: number; imap: number; pop3s: number; pop3: number };
}

/** Where scripts/install-peers unpacks what cannot be installed beside Dovecot. */
const peers = '/usr/local/lib/postern-peers';
const programs = `${peers}/usr/lib/cyrus/bin`;
const libraries = [
  `${peers}/usr/lib/x86_64-linux-gnu`,
  `${peers}/lib/x86_64-linux-gnu`,
  `${peers}/usr/lib/aarch64-linux-gnu`,
];

/** Starts IMAP and POP3 on 127.0.0.1, each on a TLS port and on one with STARTTLS. A mailbox is made at the first sign-in. */
export async function startCyrus(options: { identity: Identity; users: MailUser[] }): Promise<Cyrus> {
  const { identity, users } = options;
  const [imapd, pop3d] = [needProgram(`${programs}/imapd`), needProgram(`${programs}/pop3d`)];
  const directory = scratchDirectory('cyrus');
  chmodSync(directory, 0o711);
  const files = writeFiles(directory, identity);
  const own = (path: string) => chownSync(path, mailOwner.uid, mailOwner.gid);
  const folders = [
    'conf',
    'spool',
    ...['db', 'log', 'msg', 'proc', 'socket', 'lock', 'user', 'quota'].map((name) => join('conf', name)),
  ];
  for (const name of folders) {
    mkdirSync(join(directory, name));
    own(join(directory, name));
  }
  own(files.key);
  const ports = { imaps: await freePort(), imap: await freePort(), pop3s: await freePort(), pop3: await freePort() };
  const authSocket = join(directory, 'auth');
  await checkPasswords(authSocket, users);
  const configuration = join(directory, 'imapd.conf');
  const owner = userInfo().uid === 0 ? 'mail' : userInfo().username;
  writeFileSync(
    configuration,
    `
configdirectory: ${directory}/conf
partition-default: ${directory}/spool
defaultpartition: default
cyrus_user: ${owner}
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: ${authSocket}
sasl_mech_list: PLAIN LOGIN
allowplaintext: yes
tls_server_cert: ${files.certificate}
tls_server_key: ${files.key}
autocreate_quota: 0
idlesocket: ${directory}/conf/socket/idle
`,
  );
  const services = join(directory, 'cyrus.conf');
  const service = (name: string, program: string, port: number, option = '') =>
    `  ${name} cmd="${program} -C ${configuration}${option}" listen="127.0.0.1:${port}" prefork=0\n`;
  writeFileSync(
    services,
    `START {
  recover cmd="${programs}/ctl_cyrusdb -C ${configuration} -r"
}
SERVICES {
${service('imap', imapd, ports.imap)}${service('imaps', imapd, ports.imaps, ' -s')}${service('pop3', pop3d, ports.pop3)}${service('pop3s', pop3d, ports.pop3s, ' -s')}}
EVENTS {
}
`,
  );
  const pidFile = join(directory, 'pid');
  await startService(needProgram(`${programs}/master`), ['-C', configuration, '-M', services, '-p', pidFile, '-D'], {
    env: { LD_LIBRARY_PATH: libraries.filter((folder) => existsSync(folder)).join(':') },
    isReady: async () => existsSync(pidFile) && (await Promise.all(Object.values(ports).map(accepts))).every(Boolean),
    explain: () => readFileSync(services, 'utf8'),
  });
  return { ports };
}

/** The part of saslauthd(8) that Cyrus asks: four strings in (user, password, service, realm), "OK" or "NO" out, each behind its length. */
async function checkPasswords(path: string, users: MailUser[]): Promise<void> {
  const server = createServer((socket) => {
    let heard = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const strings: string[] = [];
      for (let at = 0; strings.length < 4; ) {
        if (at + 2 > heard.length) return;
        const end = at + 2 + heard.readUInt16BE(at);
        if (end > heard.length) return;
        strings.push(heard.toString('latin1', at + 2, end));
        at = end;
      }
      const [name, password] = strings;
      const right = users.some((user) => user.address === name && user.password === password);
      socket.end(Buffer.concat([Buffer.from([0, 2]), Buffer.from(right ? 'OK' : 'NO')]));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  atEnd(() => server.close());
}
