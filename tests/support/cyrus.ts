import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { mailOwner } from './dovecot.ts';
import type { MailUser } from './mail-users.ts';
import { needProgram } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { accepts, startService } from './service.ts';

/** A real Cyrus with a mail store of its own. After QUIT and LOGOUT it closes without a TLS close_notify. */
export interface Cyrus {
  ports: { imaps: number; imap: number; pop3s: number; pop3: number };
}

/** The same, as a news server. */
export interface CyrusNews {
  ports: { nntps: number; nntp: number };
}

/** Creates the groups. */
const admin: MailUser = { address: 'admin', password: 'admin' };

/** Where scripts/install-peers unpacks what cannot be installed alongside Dovecot. */
const peers = '/usr/local/lib/postern-peers';
const programs = `${peers}/usr/lib/cyrus/bin`;
const libraries = [
  `${peers}/usr/lib/x86_64-linux-gnu`,
  `${peers}/lib/x86_64-linux-gnu`,
  `${peers}/usr/lib/aarch64-linux-gnu`,
];

/** Starts IMAP and POP3 on 127.0.0.1, each on a TLS port and on one with STARTTLS. A mailbox is made at the first sign-in. */
export async function startCyrus(options: { identity: Identity; users: MailUser[] }): Promise<Cyrus> {
  const ports = { imaps: await freePort(), imap: await freePort(), pop3s: await freePort(), pop3: await freePort() };
  const [imapd, pop3d] = [needProgram(`${programs}/imapd`), needProgram(`${programs}/pop3d`)];
  await start(options, [
    { name: 'imap', program: imapd, port: ports.imap },
    { name: 'imaps', program: imapd, port: ports.imaps, tls: true },
    { name: 'pop3', program: pop3d, port: ports.pop3 },
    { name: 'pop3s', program: pop3d, port: ports.pop3s, tls: true },
  ]);
  return { ports };
}

/** Starts NNTP on 127.0.0.1, on a TLS port and on one with STARTTLS, with a group to which its users may post. */
export async function startCyrusNews(options: {
  identity: Identity;
  users: MailUser[];
  group: string;
}): Promise<CyrusNews> {
  const ports = { nntps: await freePort(), nntp: await freePort() };
  const imap = await freePort();
  const nntpd = needProgram(`${programs}/nntpd`);
  const users = [...options.users, admin];
  await start(
    { ...options, users },
    [
      { name: 'imap', program: needProgram(`${programs}/imapd`), port: imap },
      { name: 'nntp', program: nntpd, port: ports.nntp },
      { name: 'nntps', program: nntpd, port: ports.nntps, tls: true },
    ],
    `admins: ${admin.address}\nnewsprefix: news\nunixhierarchysep: no\naltnamespace: no\n`,
  );
  // A group is a folder.
  const folder = `news.${options.group}`;
  const rights = options.users.map(({ address }) => `SETACL ${folder} ${address} lrswipkxte`);
  await sayByImap(imap, [`LOGIN ${admin.address} ${admin.password}`, `CREATE ${folder}`, ...rights]);
  return { ports };
}

/** Each command has to succeed. */
async function sayByImap(port: number, commands: string[]): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setEncoding('latin1');
  let heard = '';
  socket.write(`${commands.map((line, at) => `a${at} ${line}\r\n`).join('')}z LOGOUT\r\n`);
  for await (const chunk of socket) heard += chunk;
  for (const [at, line] of commands.entries()) {
    if (!heard.includes(`\r\na${at} OK`)) throw new Error(`Cyrus did not grant ${line}:\n${heard}`);
  }
}

interface Daemon {
  name: string;
  program: string;
  port: number;
  /** From the first byte. */
  tls?: boolean;
}

async function start(
  options: { identity: Identity; users: MailUser[] },
  daemons: readonly Daemon[],
  more = '',
): Promise<void> {
  const { identity, users } = options;
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
${more}`,
  );
  const services = join(directory, 'cyrus.conf');
  const service = ({ name, program, port, tls = false }: Daemon) =>
    `  ${name} cmd="${program} -C ${configuration}${tls ? ' -s' : ''}" listen="127.0.0.1:${port}" prefork=0\n`;
  writeFileSync(
    services,
    `START {
  recover cmd="${programs}/ctl_cyrusdb -C ${configuration} -r"
}
SERVICES {
${daemons.map(service).join('')}}
EVENTS {
}
`,
  );
  const pidFile = join(directory, 'pid');
  await startService(needProgram(`${programs}/master`), ['-C', configuration, '-M', services, '-p', pidFile, '-D'], {
    env: { LD_LIBRARY_PATH: libraries.filter((folder) => existsSync(folder)).join(':') },
    isReady: async () =>
      existsSync(pidFile) && (await Promise.all(daemons.map(({ port }) => accepts(port)))).every(Boolean),
    explain: () => readFileSync(services, 'utf8'),
  });
}

/**
 * The part of saslauthd(8) that Cyrus uses: four strings in (user, password, service, realm), "OK" or "NO" out, each
 * preceded by its length.
 */
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
