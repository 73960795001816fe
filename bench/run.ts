// `npm run bench [-- --quick] [--rounds N] [--mib N] [--emailproxy FILE]`: Postern next to its peers, interleaved;
// writes docs/benchmarks.md. Takes about ten minutes: no round begins after the eighth.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { note, runBulk } from './bulk.ts';
import { runComposition } from './composition.ts';
import { runDirectory } from './directory.ts';
import { startMailbox } from './dovecot.ts';
import { startEmailProxy } from './email-oauth2-proxy.ts';
import { runIdle, runStarts, runWindow } from './footprint.ts';
import { runAnyUser, runCrowded, runMail, runSetUp, runSpares } from './mail.ts';
import { runNews } from './news.ts';
import { enterOwnNetwork } from './own-network.ts';
import { plot } from './plot.ts';
import { ask, endAll, startOurs } from './processes.ts';
import {
  direct,
  type Routes,
  type Runner,
  startBare,
  startHaproxy,
  startPostern,
  startStunnel,
  versions,
} from './relays.ts';
import { report, summary } from './report.ts';
import { measure, openStage } from './stage.ts';
import { Rows } from './statistics.ts';
import { runStored, startStored } from './stored.ts';
import { runUnwatched } from './unwatched.ts';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    mib: { type: 'string' },
    emailproxy: { type: 'string' },
  },
});
const { quick } = given;
const ownNetwork = enterOwnNetwork();
const lastRoundBefore = performance.now() + 8 * 60_000;
const inRoot = { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' } as const;
execFileSync(process.execPath, ['scripts/build.ts'], inRoot);
const rounds = Number(given.rounds ?? (quick ? 1 : 7));
const mebibytes = Number(given.mib ?? (quick ? 128 : 512));
const messages = quick ? 500 : 10_000;
const sessions = quick ? 100 : 1_000;
const roundTrip = 40;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void endAll().then(() => process.exit(1)));

const stage = await openStage();
const say = (text: string) => process.stderr.write(`${text}\n`);
try {
  const loadBefore = loadavg()[0] ?? 0;
  const slow = async (port: number) =>
    (await ask<{ port: number }>(startOurs('./load/delay.ts'), { port, roundTrip })).port;
  say('filling the mailbox');
  const mailbox = await startMailbox(stage.directory, stage.files, messages, 50_000);
  const routes: Routes = {
    ...stage.routes,
    'implicit-40': { protocol: 'pop3', tls: 'implicit', port: await slow(stage.server.pop3s) },
    'starttls-40': { protocol: 'pop3', tls: 'starttls', port: await slow(stage.server.pop3) },
    news: { protocol: 'nntp', tls: 'implicit', port: stage.server.nntps },
    directory: { protocol: 'ldap', tls: 'implicit', port: stage.server.ldaps },
    ...(mailbox ? { mailbox: { protocol: 'imap', tls: 'implicit', port: mailbox.imaps } } : {}),
  };
  const { directory, files } = stage;
  const startAll = async (folder: string): Promise<Runner[]> => [
    direct(routes),
    await startStunnel(routes, directory, files.root),
    await startHaproxy(routes, directory, files.root),
    await startBare(routes, stage.authorityPem),
    { ...(await startPostern(routes, directory, files.root, { name: folder })), name: 'Postern' },
  ];
  const runners = await startAll('Postern');
  const spares = await startPostern(routes, directory, files.root, { name: 'spares', spares: true });
  const anyUser = await startPostern(routes, directory, files.root, { name: 'any-user', anyUser: true });
  const stored = await startStored(routes, directory, files.root);
  const emailProxy = given.emailproxy ? await startEmailProxy(routes, directory, files.root, given.emailproxy) : null;
  const nobody: Runner = { name: 'no relay', pid: null, child: null, port: () => stage.server.plain };
  const plain = {
    kind: 'bulk' as const,
    port: stage.server.plain,
    authority: null,
    connections: 1,
    direction: 'down' as const,
    bytes: mebibytes * 1024 * 1024,
    record: 16 * 1024,
  };

  const rows = new Rows();
  say('idle sessions');
  await runIdle(stage, await startAll('idle'), rows, sessions);
  const alone = await startPostern(routes, directory, files.root, { name: 'many', maxConnections: 5 * sessions });
  await runIdle(stage, [{ ...alone, name: 'Postern' }], rows, 5 * sessions, 'idle-sessions-many');
  await runComposition(stage, rows, sessions);
  // The first round warms up code and caches and does not count.
  await runBulk(stage, runners, new Rows(), mebibytes / 4);
  await runStored(stage, stored, new Rows(), mebibytes / 4);
  let done = 0;
  while (done < rounds && performance.now() < lastRoundBefore) {
    say(`round ${done + 1} of ${rounds}`);
    await runBulk(stage, runners, rows, mebibytes);
    // With an eighth of the bytes it takes as long as the others take with all of them.
    if (emailProxy) await runBulk(stage, [emailProxy], rows, mebibytes / 8, ['down', 'up']);
    await runMail(stage, runners, rows, mailbox, 50_000_000);
    await runNews(stage, runners, rows);
    await runDirectory(stage, runners, rows);
    await runSetUp(stage, runners, rows);
    await runCrowded(stage, runners, rows, 5000);
    await runSpares(stage, spares, rows);
    await runAnyUser(stage, anyUser, rows);
    await runUnwatched(stage, runners, anyUser, rows);
    await runStored(stage, stored, rows, mebibytes);
    note(
      rows,
      { id: 'plain', title: 'load server and client alone, plaintext' },
      nobody,
      await measure(stage, nobody, plain),
    );
    done += 1;
  }
  const loadAfter = loadavg()[0] ?? 0;
  say('start-up');
  await runStarts(stage, stage.routes, rows, quick ? 2 : 7);
  await runWindow(stage, stage.routes, rows);

  console.log(summary(rows));
  const docs = (file: string) => fileURLToPath(new URL(`../docs/${file}`, import.meta.url));
  const shown = ['down', 'up', 'down-cpu', 'up-cpu', 'starttls-down', 'small', 'down-4'];
  const chosen = shown.flatMap((id) => rows.get(id) ?? []);
  if (!quick) {
    writeFileSync(docs('benchmarks.svg'), plot(chosen, 'Plaintext client → relay → TLS server'));
    const circumstances = {
      versions: versions(),
      rounds: done,
      mebibytes,
      quick,
      ownNetwork,
      loadBefore,
      loadAfter,
      measuredAt: new Date(),
    };
    writeFileSync(docs('benchmarks.md'), report(rows, circumstances));
    execFileSync('node_modules/.bin/biome', ['format', '--write', 'docs/benchmarks.md'], inRoot);
    say('written: docs/benchmarks.md');
  }
} finally {
  await stage.close();
}
process.exit();
