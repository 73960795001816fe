import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { heapOption } from '../main/heap.ts';
import { cpuSeconds, end, preciseCpuMilliseconds, residentKib, startProgram } from './processes.ts';
import { type Routes, type Runner, startPostern } from './relays.ts';
import type { Stage } from './stage.ts';
import type { Rows } from './statistics.ts';

/**
 * What every idle session adds to the memory of each relay, and what it costs. Ends the relays afterwards.
 *
 * @param runners newly started: memory left over from an earlier load would be reused, and not show up
 * @param id of the row
 */
export async function runIdle(
  stage: Stage,
  runners: Runner[],
  rows: Rows,
  sessions: number,
  id = 'idle-session',
): Promise<void> {
  for (const runner of runners) {
    const port = runner.port('implicit');
    if (port === null || runner.pid === null) continue;
    const before = residentKib(runner.pid);
    await stage.order({ kind: 'hold', port, count: sessions });
    await pause(2_000);
    const burnt = cpuSeconds(runner.pid).all;
    await pause(3_000);
    rows
      .of(`${id}-cpu`, `CPU while ${sessions} sessions are idle`, '% of a core')
      .add(runner.name, ((cpuSeconds(runner.pid).all - burnt) / 3) * 100);
    const each = (residentKib(runner.pid) - before) / sessions;
    rows.of(id, `memory for each of ${sessions} idle sessions`, 'KiB').add(runner.name, each);
    await stage.order({ kind: 'hold', port, count: 0 });
    if (runner.child) await end(runner.child);
  }
}

/** The least that a program on Node can be which listens and knows TLS. */
const emptyProgram = `
  require('node:tls');
  require('node:net').createServer().listen(0, '127.0.0.1', () => process.stdout.write('listening'));
`;

async function startEmpty(): Promise<ChildProcess> {
  const child = startProgram(process.execPath, [heapOption, '-e', emptyProgram]);
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

/** Fresh starts of Postern, and of Node with nothing to do: CPU and time to listening, memory a moment later. */
export async function runStarts(stage: Stage, routes: Routes, rows: Rows, count: number): Promise<void> {
  const { directory, files } = stage;
  const programs: [name: string, start: () => Promise<ChildProcess | null>][] = [
    ['Node alone', startEmpty],
    ['Postern', async () => (await startPostern(routes, directory, files.root, { name: 'fresh' })).child],
  ];
  for (let started = 0; started <= count; started += 1) {
    for (const [name, start] of programs) {
      const from = performance.now();
      const fresh = await start();
      const milliseconds = performance.now() - from;
      const cpu = preciseCpuMilliseconds(fresh?.pid ?? 0);
      await pause(1_500);
      const mebibytes = residentKib(fresh?.pid ?? 0) / 1024;
      if (fresh) await end(fresh);
      // The first start only warms the disk.
      if (started === 0) continue;
      rows.of('start-cpu', 'start-up to listening: CPU', 'ms').add(name, cpu);
      rows.of('start-time', 'start-up to listening: time', 'ms').add(name, milliseconds);
      rows.of('idle-memory', 'memory when idle', 'MiB').add(name, mebibytes);
    }
  }
}

/** The window: the size of what the browser loads, and what serving it costs the core once it has been opened. */
export async function runWindow(stage: Stage, routes: Routes, rows: Rows): Promise<void> {
  const folder = fileURLToPath(new URL('../dist/renderer', import.meta.url));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`));
  const kib = (sizes: number[]) => sizes.reduce((sum, size) => sum + size, 0) / 1024;
  rows.of('window-size', 'window: all of its files', 'KiB').add('Postern', kib(files.map((file) => file.length)));
  rows
    .of('window-gzip', 'window: the same, compressed by gzip', 'KiB')
    .add('Postern', kib(files.map((file) => gzipSync(file).length)));
  const open = await startPostern(routes, stage.directory, stage.files.root, { name: 'window', window: true });
  await pause(1_500);
  rows
    .of('window-memory', 'memory when idle, after the window was opened', 'MiB')
    .add('Postern', residentKib(open.pid ?? 0) / 1024);
  if (open.child) await end(open.child);
}
