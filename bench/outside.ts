// `npm run bench:outside [-- --rounds N] [--mib N]`: rows of the bench with a load server and client written in C, next
// to the bench's own, interleaved; writes docs/benchmarks-outside.md. Needs a C compiler and OpenSSL's headers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runBulk } from './bulk.ts';
import { runSetUp } from './mail.ts';
import { outsideReport } from './outside/report.ts';
import { buildLoad, openOutsideStage } from './outside/stage.ts';
import { enterOwnNetwork } from './own-network.ts';
import { endAll } from './processes.ts';
import { direct, type Runner, startBare, startHaproxy, startPostern, startStunnel, versions } from './relays.ts';
import { openStage, type Stage } from './stage.ts';
import { Rows } from './statistics.ts';

const { values: given } = parseArgs({ options: { rounds: { type: 'string' }, mib: { type: 'string' } } });
const rounds = Number(given.rounds ?? 5);
const mebibytes = Number(given.mib ?? 512);
enterOwnNetwork();
const inRoot = { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' } as const;
execFileSync(process.execPath, ['scripts/build.ts'], inRoot);

/** The rows that the load program in C supports: it cannot send and receive at the same time. */
const bulkRows = ['down', 'up', 'starttls-down', 'starttls-up', 'down-4', 'up-4', 'small'];

const ours = await openStage();
const say = (text: string) => process.stderr.write(`${text}\n`);
let theirs: Stage | undefined;
try {
  const loadBefore = loadavg()[0] ?? 0;
  theirs = await openOutsideStage(ours, buildLoad(ours.directory));
  const sides = [
    { stage: ours, rows: new Rows(), runners: await startAll(ours, 'own') },
    { stage: theirs, rows: new Rows(), runners: await startAll(theirs, 'outside') },
  ] as const;
  // The first round warms up code and caches and does not count.
  for (const { stage, runners } of sides) await runBulk(stage, runners, new Rows(), mebibytes / 4, bulkRows);
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const { stage, runners, rows } of sides) {
      await runBulk(stage, runners, rows, mebibytes, bulkRows);
      await runSetUp(stage, runners, rows);
    }
  }
  const text = outsideReport(sides[0].rows, sides[1].rows, {
    versions: versions(),
    rounds,
    mebibytes,
    loads: [loadBefore, loadavg()[0] ?? 0],
    measuredAt: new Date(),
  });
  writeFileSync(fileURLToPath(new URL('../docs/benchmarks-outside.md', import.meta.url)), text);
  execFileSync('node_modules/.bin/biome', ['format', '--write', 'docs/benchmarks-outside.md'], inRoot);
  say('written: docs/benchmarks-outside.md');
} finally {
  await endAll();
  await theirs?.close();
  await ours.close();
}
process.exit();

async function startAll({ routes, directory, files, authorityPem }: Stage, name: string): Promise<Runner[]> {
  const used = { implicit: routes.implicit, starttls: routes.starttls } as typeof routes;
  const folder = join(directory, name);
  mkdirSync(folder);
  return [
    direct(used),
    await startStunnel(used, folder, files.root),
    await startHaproxy(used, folder, files.root),
    await startBare(used, authorityPem),
    { ...(await startPostern(used, folder, files.root)), name: 'Postern' },
  ];
}
