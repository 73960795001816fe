import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConfigurationInput, PosternEvent } from '../proxy/contract/index.ts';
import { type HowToStart, startProgram } from './processes.ts';

/** The built product, listening. */
export interface RunningCore {
  child: ChildProcess;
  /** The port of each relay by its name. */
  ports: ReadonlyMap<string, number>;
  /** The link to its window; absent when it serves none. */
  window: string | undefined;
}

interface CoreOptions extends HowToStart {
  window?: boolean;
  /** Called with every event. */
  hears?(event: PosternEvent): void;
}

export const program = fileURLToPath(new URL('../dist/main/cli.js', import.meta.url));

/** Runs the built product with this data directory, which is created, and waits until every relay listens. */
export async function runCore(
  data: string,
  configuration: ConfigurationInput,
  { flags = [], window = false, environment = {}, hears = () => {} }: CoreOptions = {},
): Promise<RunningCore> {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(join(data, 'config.json'), JSON.stringify(configuration), { mode: 0o600 });
  const quiet = window ? [] : ['--no-window'];
  const args = [...flags, program, 'run', ...quiet, '--json', '--data-dir', data];
  const child = startProgram(process.execPath, args, environment);
  const ports = new Map<string, number>();
  const link = await new Promise<string | undefined>((resolve, reject) => {
    child.once('exit', () => reject(new Error('Postern ended at once')));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as PosternEvent;
      if (event.event === 'listening') ports.set(event.relay, event.port);
      if (event.event === 'ready') resolve(event.window);
      hears(event);
    });
  });
  return { child, ports, window: link };
}
