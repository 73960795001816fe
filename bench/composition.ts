import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { end } from './processes.ts';
import { type Runner, startBare, startPostern } from './relays.ts';
import type { Stage } from './stage.ts';
import type { Rows } from './statistics.ts';

/**
 * What an idle session is made of in the two relays that are on Node: all of it and the objects in V8, after a
 * garbage collection, so that no garbage of the set-up is counted.
 */
export async function runComposition(stage: Stage, rows: Rows, sessions: number): Promise<void> {
  const { routes, directory, files, authorityPem } = stage;
  const file = join(directory, 'memory.json');
  const probe = new URL('load/memory-probe.ts', import.meta.url).href;
  // Code that has grown old is dropped by V8 at a collection of its choice: kept, it is on neither side of the difference.
  const how = {
    flags: ['--expose-gc', '--no-flush-bytecode', '--import', probe],
    environment: { BENCH_MEMORY_FILE: file },
  };
  const runners: Runner[] = [
    await startBare(routes, authorityPem, how),
    { ...(await startPostern(routes, directory, files.root, { name: 'composition', ...how })), name: 'Postern' },
  ];
  for (const runner of runners) {
    const port = runner.port('implicit');
    if (port === null) continue;
    // The first half loads code and fills caches, which belong to no session.
    const half = sessions / 2;
    await stage.order({ kind: 'hold', port, count: half });
    await pause(2_000);
    const before = await memory(runner, file);
    await stage.order({ kind: 'hold', port, count: sessions });
    await pause(2_000);
    const after = await memory(runner, file);
    await stage.order({ kind: 'hold', port, count: 0 });
    if (runner.child) await end(runner.child);
    const each = (bytes: (of: NodeJS.MemoryUsage) => number) => (bytes(after) - bytes(before)) / half / 1024;
    const title = `memory for each of ${sessions} idle sessions, without garbage`;
    rows.of('idle-session-clean', title, 'KiB').add(
      runner.name,
      each(({ rss }) => rss),
    );
    rows.of('idle-session-v8', `${title}: objects in V8`, 'KiB').add(
      runner.name,
      each(({ heapUsed }) => heapUsed),
    );
  }
}

/** What its probe says now. */
async function memory({ pid }: Runner, file: string): Promise<NodeJS.MemoryUsage> {
  rmSync(file, { force: true });
  process.kill(pid ?? 0, 'SIGUSR2');
  for (;;) {
    await pause(100);
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // Not written yet.
    }
  }
}
