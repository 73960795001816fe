import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { atEnd, scratchDirectory } from './clean-up.ts';
import { mailOwner } from './dovecot.ts';
import type { MailUser } from './mail-users.ts';
import { needProgram, needRoot } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { accepts, startService } from './service.ts';
import { peerLibraries, peers, withView } from './unpacked-peers.ts';

/** A real Courier with a mail store of its own: GnuTLS in a separate process in front of IMAP and POP3. */
export interface Courier {
  ports: { imaps: number; imap: number; pop3s: number; pop3: number };
}

const programs = `${peers}/usr/lib/courier/courier`;

/** Starts IMAP and POP3 on 127.0.0.1, each on a TLS port and on one with STARTTLS. */
export async function startCourier(options: { identity: Identity; users: MailUser[] }): Promise<Courier> {
  needRoot();
  const { identity, users } = options;
  const [imap, pop3] = [needProgram(`${programs}/imaplogin`), needProgram(`${programs}/courierpop3login`)];
  const listen = needProgram(`${peers}/usr/sbin/couriertcpd`);
  const tls = needProgram(`${peers}/usr/bin/couriertls`);
  const directory = scratchDirectory('courier');
  chmodSync(directory, 0o711);
  const files = writeFiles(directory, identity);
  const pem = join(directory, 'both.pem');
  writeFileSync(pem, readFileSync(files.certificate, 'utf8') + readFileSync(files.key, 'utf8'));
  chownSync(pem, mailOwner.uid, mailOwner.gid);
  const store = join(directory, 'store');
  for (const { address } of users) {
    for (const folder of ['', 'cur', 'new', 'tmp']) {
      const path = join(store, address, folder);
      mkdirSync(path, { recursive: true });
      chownSync(path, mailOwner.uid, mailOwner.gid);
    }
  }
  const authSockets = join(directory, 'auth');
  mkdirSync(authSockets);
  await checkPasswords(join(authSockets, 'socket'), store, users);
  // The path of its sign-in service is fixed.
  const view = withView(directory, 'courier', [
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /run/courier/authdaemon',
    `mount --bind ${authSockets} /run/courier/authdaemon`,
  ]);
  const capabilities = 'IMAP4rev1 UIDPLUS CHILDREN NAMESPACE IDLE';
  const env = {
    LD_LIBRARY_PATH: peerLibraries,
    COURIERTLS: tls,
    TLS_CERTFILE: pem,
    TLS_VERIFYPEER: 'NONE',
    IMAP_CAPABILITY: capabilities,
    IMAP_CAPABILITY_TLS: `${capabilities} AUTH=PLAIN`,
    POP3AUTH_TLS: 'LOGIN PLAIN',
  };
  const ports = { imaps: await freePort(), imap: await freePort(), pop3s: await freePort(), pop3: await freePort() };
  const start = (port: number, more: NodeJS.ProcessEnv, ...command: string[]) =>
    startService(
      'unshare',
      [
        ...view,
        ...[listen, '-address=127.0.0.1', '-nodnslookup', '-noidentlookup', String(port), ...command, 'Maildir'],
      ],
      { env: { ...env, ...more }, isReady: () => accepts(port), endsByForce: true },
    );
  const imapd = `${peers}/usr/bin/imapd`;
  const pop3d = `${programs}/courierpop3d`;
  const inTls = [tls, '-server', '-tcpd'];
  await start(ports.imaps, { IMAP_TLS: '1' }, ...inTls, imap, imapd);
  await start(ports.imap, { IMAP_STARTTLS: 'YES', IMAP_TLS_REQUIRED: '1' }, imap, imapd);
  await start(ports.pop3s, { POP3_TLS: '1' }, ...inTls, pop3, pop3d);
  await start(ports.pop3, { POP3_STARTTLS: 'YES', POP3_TLS_REQUIRED: '1' }, pop3, pop3d);
  return { ports };
}

/** The part of authdaemond(8) that Courier uses: service, kind, user and password, each on its own line. */
async function checkPasswords(path: string, store: string, users: MailUser[]): Promise<void> {
  const server = createServer((socket) => {
    let heard = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      const [, length = '0', said = ''] = /^AUTH (\d+)\n([\s\S]*)$/m.exec(heard) ?? [];
      if (length === '0' || said.length < Number(length)) return;
      const [, , name, password] = said.split('\n');
      const user = users.find(({ address }) => address === name);
      if (user?.password !== password || !user) return void socket.end('FAIL\n');
      const { uid, gid } = mailOwner;
      const maildir = join(store, user.address);
      socket.end(`USERNAME=mail\nUID=${uid}\nGID=${gid}\nHOME=${store}\nADDRESS=${name}\nMAILDIR=${maildir}\n.\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  atEnd(() => server.close());
}
