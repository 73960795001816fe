import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { heapOption } from '../../main/heap.ts';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { scratchDirectory } from './clean-up.ts';
import { createEventRecord, type EventRecord } from './event-record.ts';
import { type Ran, runProgram } from './programs.ts';
import { startService } from './service.ts';

/** The built product, running without a window. */
export interface Postern extends Omit<EventRecord, 'add'> {
  dataDirectory: string;
  /** Runs the `postern` command on the same data directory. */
  command(...args: string[]): Promise<Ran>;
  /** As `command`, with something on its standard input. */
  commandWith(input: string, ...args: string[]): Promise<Ran>;
  /** What it wrote to its error output. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  pid: number;
  /** Whether its process has ended. */
  ended(): boolean;
  /** Asks it to end, and waits. Returns its exit code. */
  stop(): Promise<number | null>;
}

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

/** Runs the built `postern` command with these arguments. */
function runPostern(args: string[], options: Parameters<typeof runProgram>[2] = {}): Promise<Ran> {
  return runProgram(process.execPath, [program, ...args], options);
}

/**
 * Starts the built core as `npm start` and the service do, and waits until every listener is up.
 *
 * @param options.configuration written to the data directory first; if not given, the existing one is left as it is.
 * @param options.dataDirectory an existing one, for a core that starts again; a new one by default.
 */
export async function startPostern(options: {
  configuration?: ConfigurationInput;
  /** A configuration file managed by someone else; the data directory then only holds the state. */
  fixed?: string;
  dataDirectory?: string;
  env?: NodeJS.ProcessEnv;
  /** Serves the window, too: `ready` contains its link. */
  window?: boolean;
  /** More options of `postern run`. */
  more?: string[];
  /** A program with its arguments that runs the command following them, as `nice` does. */
  under?: [string, ...string[]];
  /** More arguments after `run`. */
  args?: string[];
}): Promise<Postern> {
  const {
    configuration,
    dataDirectory = join(scratchDirectory('data'), 'postern'),
    env,
    window = false,
    args = [],
  } = options;
  const [first, ...before] = [...(options.under ?? []), process.execPath] as [string, ...string[]];
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  if (configuration) {
    writeFileSync(join(dataDirectory, 'config.json'), JSON.stringify(configuration), { mode: 0o600 });
  }
  const record = createEventRecord();
  const service = await startService(
    first,
    [
      ...before,
      heapOption,
      program,
      'run',
      '--json',
      ...args,
      ...(window ? [] : ['--no-window']),
      ...(options.fixed === undefined ? ['--data-dir'] : ['--config', options.fixed, '--state']),
      dataDirectory,
      ...(options.more ?? []),
    ],
    {
      isReady: async () => record.events.some(({ event }) => event === 'ready'),
      onStart(child) {
        if (!child.stdout) return;
        createInterface({ input: child.stdout }).on('line', (line) => record.add(JSON.parse(line)));
      },
      ...(env === undefined ? {} : { env }),
    },
  );
  return {
    ...record,
    dataDirectory,
    command: (...args) => runPostern([...args, '--data-dir', dataDirectory]),
    commandWith: (input, ...args) => runPostern([...args, '--data-dir', dataDirectory], { input }),
    output: service.output,
    pid: service.child.pid ?? 0,
    ended: () => service.child.exitCode !== null || service.child.signalCode !== null,
    signal: (signal) => void service.child.kill(signal),
    async stop() {
      await service.stop();
      return service.child.exitCode;
    },
  };
}
