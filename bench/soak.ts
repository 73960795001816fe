// `npm run soak -- [--minutes N]`: mixed traffic through the built product for that long, to see whether anything
// grows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bounded } from '../tests/support/bounded.ts';
import { openFiles, residentBytes } from '../tests/support/process-files.ts';
import { endAll } from './processes.ts';
import { type Ground, honestRelays, prepare } from './soak/ground.ts';
import { memoryTrend, type Sample } from './soak/memory-trend.ts';
import { breather, type Worker, workers } from './soak/traffic.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('--minutes wants a number above 0');

/** Lines per run, and samples per line. */
const lines = 60;
const samplesInLine = 10;
/** Longer than the longest session, a slow start and an IDLE of 15 seconds, on a loaded machine. */
const hangsAfterMilliseconds = 150_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

const counts = { sessions: 0, refused: 0, bytes: 0, errors: 0 };
/** Sessions of each worker that succeeded. */
const played = new Map<string, number>();
function fail(what: string): void {
  counts.errors += 1;
  // The first few are enough; the others are only counted.
  if (counts.errors <= 20) say(`ERROR: ${what}`);
}

async function work(worker: Worker, ground: Ground, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    try {
      await bounded(worker.play(ground), hangsAfterMilliseconds, () => 'a session hangs');
      played.set(worker.name, (played.get(worker.name) ?? 0) + 1);
    } catch (error) {
      fail(`${worker.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    await pause(breather());
  }
}

/** Waits until no session is open. */
async function untilQuiet(ground: Ground): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { tables } = await ground.snapshot();
    if (Object.keys(tables.sessions).length === 0) return true;
    await pause(100);
  }
  return false;
}

async function soak(directory: string): Promise<boolean> {
  const ground = await prepare(directory, (event) => {
    if (event.event === 'session-closed') {
      counts.sessions += 1;
      counts.bytes += event.bytesUp + event.bytesDown;
    }
    if (event.event === 'refused') counts.refused += 1;
    if (!('relay' in event) || !(honestRelays as readonly string[]).includes(event.relay)) return;
    if (event.event === 'refused') fail(`${event.relay} was refused: ${event.message}`);
    if (event.event === 'session-closed' && event.ending === 'truncated') fail(`${event.relay} was cut short`);
  });
  await untilQuiet(ground);
  const atFirst = openFiles(ground.pid);

  let over = false;
  const working = workers.flatMap((worker) =>
    Array.from({ length: worker.count }, () => work(worker, ground, () => over)),
  );
  const samples: Sample[] = [];
  const every = (minutes * 60_000) / (lines * samplesInLine);
  const begun = performance.now();
  say('   time  sessions  refused  errors  RSS MiB  descriptors  sessions open  questions');
  for (let line = 1; line <= lines; line += 1) {
    const fresh: Sample[] = [];
    for (let sample = 1; sample <= samplesInLine; sample += 1) {
      const due = begun + ((line - 1) * samplesInLine + sample) * every;
      await pause(Math.max(0, due - performance.now()));
      const { sockets, files } = openFiles(ground.pid);
      fresh.push({ resident: residentBytes(ground.pid), descriptors: sockets + files });
    }
    samples.push(...fresh);
    const { tables } = await ground.snapshot();
    const seconds = Math.round((performance.now() - begun) / 1000);
    const columns: [number | string, number][] = [
      [`${seconds} s`, 7],
      [counts.sessions, 10],
      [counts.refused, 9],
      [counts.errors, 8],
      [(median(fresh.map(({ resident }) => resident)) / 1024 / 1024).toFixed(1), 9],
      [median(fresh.map(({ descriptors }) => descriptors)), 13],
      [Object.keys(tables.sessions).length, 15],
      [Object.keys(tables.questions).length, 11],
    ];
    say(columns.map(([value, width]) => String(value).padStart(width)).join(''));
  }

  over = true;
  await Promise.all(working);
  if (!(await untilQuiet(ground))) fail('sessions are still open');
  const atLast = openFiles(ground.pid);
  // The log file and this program's own connections to the control channel.
  if (atLast.sockets > atFirst.sockets + 2 || atLast.files > atFirst.files + 2) {
    fail(
      `it holds ${atLast.sockets} sockets and ${atLast.files} files, ${atFirst.sockets} and ${atFirst.files} at first`,
    );
  }
  for (const { name } of workers) if (!played.has(name)) fail(`no session of the kind "${name}" went well`);
  ground.core.close();

  const trend = memoryTrend(samples);
  say([...played].map(([name, count]) => `${name} ${count}`).join(', '));
  const gibibytes = (counts.bytes / 1024 ** 3).toFixed(2);
  say(`at rest: ${atLast.sockets} sockets, ${atLast.files} files (${atFirst.sockets} and ${atFirst.files} at first)`);
  say(
    `VERDICT: ${counts.sessions} sessions, ${gibibytes} GiB, ${counts.errors} errors in ${minutes} minutes; ${trend.words}`,
  );
  return counts.errors === 0 && trend.flat;
}

const directory = mkdtempSync(join(tmpdir(), 'postern-soak-'));
let well = false;
try {
  well = await soak(directory);
} finally {
  await endAll();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exit(well ? 0 : 1);
