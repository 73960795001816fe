import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { scratchDirectory } from '../../support/clean-up.ts';
import { createEventRecord, type EventRecord } from '../../support/event-record.ts';
import { needNamespaces } from '../../support/needs.ts';
import { patienceSeconds } from '../../support/patience.ts';
import { type Ran, runProgram } from '../../support/programs.ts';
import { type Service, startService } from '../../support/service.ts';
import type { Internet } from './internet.ts';

const program = fileURLToPath(new URL('../../../dist/main/cli.js', import.meta.url));

/**
 * The built command on a computer in a test's internet: with its name server, and the test authority by configuration.
 */
export interface Visit {
  dataDirectory: string;
  /** The text of `config.json`. */
  configuration(): string;
  /** Replaces it. */
  configure(text: string): void;
  /** Runs the command to its end. */
  run(...args: string[]): Promise<Ran>;
  /** As {@link run}, with these variables in its environment. */
  runIn(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran>;
  runWith(input: string, ...args: string[]): Promise<Ran>;
  /** Runs it in a terminal of its own, and types one line at each question. The output is in `stdout`. */
  runInTerminal(answers: string[], ...args: string[]): Promise<Ran>;
  /** Starts a command that keeps running, with these arguments. */
  start(args: string[], isReady: (output: string) => boolean): Promise<Service>;
  /** Starts `postern run --json`. */
  startCore(...args: string[]): Promise<{ record: EventRecord; service: Service }>;
}

export function visit(net: Internet): Visit {
  needNamespaces();
  const base = scratchDirectory('visit');
  const dataDirectory = join(base, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  writeFileSync(join(dataDirectory, 'root.pem'), net.authority.certPem, { mode: 0o600 });
  const file = join(dataDirectory, 'config.json');
  const initial = { version: 1, accounts: [], certificateAuthorities: ['root.pem'] };
  writeFileSync(file, JSON.stringify(initial), { mode: 0o600 });
  const resolver = join(base, 'resolv.conf');
  writeFileSync(resolver, `nameserver ${net.nameServer}\noptions timeout:1 attempts:2\n`);
  // Only the resolver's configuration differs in its mount namespace.
  const script = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  const words = (...command: string[]) => ['--mount', 'sh', '-c', script, 'sh', resolver, ...command];
  const postern = (args: string[]) => words(process.execPath, program, ...args, '--data-dir', dataDirectory);
  const start: Visit['start'] = (args, isReady) => {
    let output = '';
    return startService('unshare', postern(args), {
      isReady: async () => isReady(output),
      onStart: (child) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream?.on('data', (chunk) => {
            output += String(chunk);
          });
        }
      },
    });
  };
  return {
    dataDirectory,
    configuration: () => readFileSync(file, 'utf8'),
    configure: (text) => writeFileSync(file, text, { mode: 0o600 }),
    run: (...args) => runProgram('unshare', postern(args)),
    runIn: (env, ...args) => runProgram('unshare', postern(args), { env }),
    runWith: (input, ...args) => runProgram('unshare', postern(args), { input }),
    async runInTerminal(answers, ...args) {
      const line = [process.execPath, program, ...args, '--data-dir', dataDirectory]
        .map((word) => `'${word}'`)
        .join(' ');
      const child = spawn('unshare', words('script', '-qec', line, '/dev/null'), {
        stdio: 'pipe',
        timeout: patienceSeconds * 1000,
      });
      const left = [...answers];
      let output = '';
      let asked = 0;
      child.stdout.on('data', (chunk) => {
        output += String(chunk);
        const questions = output.match(/(?:\? \[(?:y\/N|Y\/n)\]|https:\/\/…:) /g)?.length ?? 0;
        for (; asked < questions; asked += 1) child.stdin.write(`${left.shift() ?? 'n'}\n`);
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, stdout: Buffer.from(output), stderr: '' };
    },
    start,
    async startCore(...args) {
      const record = createEventRecord();
      const service = await startService('unshare', postern(['run', '--json', ...args]), {
        isReady: async () => record.events.some(({ event }) => event === 'ready'),
        onStart(child) {
          if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => record.add(JSON.parse(line)));
        },
      });
      return { record, service };
    },
  };
}
