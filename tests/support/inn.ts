import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchDirectory } from './clean-up.ts';
import type { MailUser } from './mail-users.ts';
import { needProgram, needRoot } from './needs.ts';
import { type Identity, writeFiles } from './pki.ts';
import { freePort } from './ports.ts';
import { mustRun } from './programs.ts';
import { accepts, startService } from './service.ts';
import { peerLibraries, peers } from './unpacked-peers.ts';

/** A real INN with a spool of its own: innd, and nnrpd for readers, the only part that supports TLS. */
export interface Inn {
  ports: {
    nntps: number;
    nntp: number;
    /** For other servers' articles, in plaintext (RFC 4644). */
    feed: number;
  };
}

const programs = `${peers}/usr/lib/news/bin`;
/** The fixed id of this user on every Debian. */
const newsId = 9;

/**
 * Starts it on 127.0.0.1, for readers on a TLS port and on one with STARTTLS, with the groups `misc.test`, to which its
 * users may post, and `open.test`, which anyone may read.
 */
export async function startInn(options: { identity: Identity; users: MailUser[] }): Promise<Inn> {
  needRoot();
  const { identity, users } = options;
  const [innd, nnrpd] = [needProgram(`${programs}/innd`), needProgram(`${programs}/nnrpd`)];
  const directory = scratchDirectory('inn');
  chmodSync(directory, 0o755);
  const at = (...names: string[]) => join(directory, ...names);
  const own = (path: string) => chownSync(path, newsId, newsId);
  const folders = ['db', 'log', 'run', 'tmp', 'http', 'spool', 'spool/articles', 'spool/overview', 'spool/incoming'];
  for (const name of ['.', ...folders, 'spool/incoming/bad', 'spool/outgoing', 'spool/archive']) {
    mkdirSync(at(name), { recursive: true });
    own(at(name));
  }
  cpSync(`${peers}/etc/news`, at('etc'), { recursive: true });
  const files = writeFiles(directory, identity);
  own(files.key);
  const write = (name: string, ...lines: string[]) => {
    writeFileSync(at(name), lines.map((line) => `${line}\n`).join(''));
    own(at(name));
  };
  const paths = Object.entries({
    ...{ pathetc: 'etc', pathfilter: 'etc/filter', pathdb: 'db', pathlog: 'log', pathrun: 'run', pathtmp: 'tmp' },
    ...{ pathhttp: 'http', pathspool: 'spool', patharticles: 'spool/articles', pathoverview: 'spool/overview' },
    ...{ pathincoming: 'spool/incoming', pathoutgoing: 'spool/outgoing', patharchive: 'spool/archive' },
  }).map(([key, name]) => `${key}: ${at(name)}`);
  write(
    'etc/inn.conf',
    ...paths,
    ...[`pathnews: ${peers}/usr/lib/news`, `pathbin: ${programs}`, 'pathhost: news.test', 'domain: test'],
    ...['organization: test', 'mta: "/bin/true %s"', 'runasuser: news', 'runasgroup: news', 'hismethod: hisv6'],
    ...['enableoverview: true', 'ovmethod: tradindexed', 'artcutoff: 0', 'nnrpdloadlimit: 0', 'nicenewnews: 0'],
    ...[`tlscertfile: ${files.certificate}`, `tlskeyfile: ${files.key}`],
  );
  write('etc/storage.conf', 'method tradspool {', '  newsgroups: *', '  class: 0', '}');
  write('etc/newsfeeds', 'ME:!*/!local::', 'nobody:!*:Tf,Wnm:');
  write('etc/incoming.conf', 'peer ME { hostname: "localhost, 127.0.0.1" }');
  const hashes = await Promise.all(
    users.map(async ({ address, password }) => {
      const { stdout } = await mustRun('openssl', ['passwd', '-6', '-stdin'], { input: `${password}\n` });
      return `${address}:${stdout.toString().trim()}`;
    }),
  );
  write('etc/passwd.nntp', ...hashes);
  chmodSync(at('etc/passwd.nntp'), 0o640);
  write(
    'etc/readers.conf',
    `auth "all" { hosts: "*" default: "<anonymous>" auth: "ckpasswd -f ${at('etc/passwd.nntp')}" }`,
    'access "anyone" { users: "<anonymous>" newsgroups: "open.*" access: R }',
    `access "users" { users: "${users.map(({ address }) => address).join(',')}" newsgroups: "*" access: RPA }`,
  );
  const groups = ['misc.test', 'open.test', 'control', 'control.cancel', 'junk'];
  write('db/active', ...groups.map((name) => `${name} 0000000000 0000000001 ${name.endsWith('.test') ? 'y' : 'n'}`));
  write('db/newsgroups', 'misc.test\tTests');
  write('db/active.times');
  write('db/history');
  const env = { INNCONF: at('etc/inn.conf'), LD_LIBRARY_PATH: `${peers}/usr/lib/news:${peerLibraries}` };
  const asNews = ['--reuid', String(newsId), '--regid', String(newsId), '--clear-groups'];
  await mustRun('setpriv', [...asNews, `${programs}/makedbz`, '-i', '-o'], { env });
  const ports = { nntps: await freePort(), nntp: await freePort(), feed: await freePort() };
  await startService(innd, ['-f', '-P', String(ports.feed)], {
    env,
    isReady: async () => existsSync(at('run/nntpin')) && (await accepts(ports.feed)),
    endsByForce: true,
  });
  for (const [port, more] of [
    [ports.nntps, ['-S']],
    [ports.nntp, []],
  ] as const) {
    await startService(nnrpd, ['-D', '-f', '-p', String(port), ...more], { env, isReady: () => accepts(port) });
  }
  return { ports };
}
