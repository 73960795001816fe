import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ConfigurationInput, configurationSchema, type PosternEvent } from '../../proxy/contract/index.ts';
import { createProxy } from '../../proxy/index.ts';
import type { Log } from '../../proxy/log/log.ts';
import { openFiles, residentBytes } from '../support/process-files.ts';
import { watchAccepted } from './accepted.ts';

/** Receives what the product reports, as it reports it. */
export interface Ears {
  event(event: PosternEvent): void;
  /** The product has closed a connection that it had accepted at this port; all earlier events have been passed on. */
  released(port: number): void;
  /** Any text that the product shows or keeps: rows of its state, lines of its log and trace. */
  text(text: string): void;
  /** The product had to admit a fault of its own. */
  fault(message: string): void;
}

/** The running product. */
export interface Product {
  /** Descriptions of everything that it holds for sessions; must be empty when there are none. */
  holds(): Promise<string[]>;
  /** Bytes of memory in use, after garbage collection. */
  memory(): number;
  /** Ends it and returns what went wrong in doing so. */
  stop(): Promise<string[]>;
}

/** Runs the core inside this process. */
export async function runCore(input: ConfigurationInput, dataDirectory: string, ears: Ears): Promise<Product> {
  const log: Log = {
    error: (message, fields) => ears.fault(`${message} ${JSON.stringify(fields)}`),
    warn: (message, fields) => ears.text(`${message} ${JSON.stringify(fields)}`),
    info: (message, fields) => ears.text(`${message} ${JSON.stringify(fields)}`),
    trace: (_session, _speaker, line) => ears.text(line),
    traces: true,
    setLevel: () => {},
    close: async () => {},
  };
  const configuration = configurationSchema.parse(input);
  const proxy = await createProxy(configuration, { dataDirectory, log, version: '0.0.0', emit: ears.event });
  proxy.state.subscribe(({ row }) => ears.text(JSON.stringify(row) ?? ''));
  const unwatch = watchAccepted(ears.released);
  await proxy.start();
  return {
    async holds() {
      const { sessions, relays } = proxy.state.snapshot().tables;
      // What nobody decided in time stays a question; the answer is no, and then none may be left.
      for (const { id } of proxy.state.all('questions')) await proxy.commands.reject({ id });
      const open = Object.values(relays).filter(({ sessionsOpen }) => sessionsOpen !== 0);
      const questions = proxy.state.all('questions');
      return [
        ...Object.keys(sessions).map((id) => `session ${id} in the state`),
        ...open.map(({ name, sessionsOpen }) => `${sessionsOpen} open sessions counted for ${name}`),
        ...questions.map(({ id }) => `question ${id}`),
      ];
    },
    memory() {
      (globalThis as { gc?: () => void }).gc?.();
      return process.memoryUsage().heapUsed + process.memoryUsage().external;
    },
    async stop() {
      await proxy.stop(0);
      unwatch();
      return [];
    },
  };
}

const program = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

const preload = new URL('accepted-preload.ts', import.meta.url).href;

/** Receives from the built command which connections it has closed. */
async function hearReleased(dataDirectory: string, ears: Ears): Promise<{ server: Server; path: string }> {
  const path = `${dataDirectory}.released`;
  const server = createServer((socket) => {
    createInterface({ input: socket }).on('line', async (port) => {
      // Events written earlier have arrived, or are read from the other pipe in the next turn of the event loop.
      await nextTurn();
      await nextTurn();
      ears.released(Number(port));
    });
  }).listen(path);
  await once(server, 'listening');
  return { server, path };
}

/** Runs the built `postern` command as a separate process. */
export async function runBuilt(input: ConfigurationInput, dataDirectory: string, ears: Ears): Promise<Product> {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDirectory, 'config.json'), JSON.stringify(input), { mode: 0o600 });
  const { server, path } = await hearReleased(dataDirectory, ears);
  const words = [
    '--import',
    `${preload}?tell=${encodeURIComponent(path)}`,
    program,
    'run',
    '--json',
    '--no-window',
    '--data-dir',
    dataDirectory,
  ];
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stopping = false;
  child.stderr?.on('data', (chunk) => {
    if (!(stopping && /^Stopping\. [^\n]+\n$/.test(String(chunk)))) ears.fault(`on its error output: ${chunk}`);
  });
  child.once('exit', (code, signal) => {
    if (!stopping) ears.fault(`it ended by itself (${signal ?? code})`);
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await new Promise<void>((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      ears.text(line);
      const event = JSON.parse(line) as PosternEvent;
      ears.event(event);
      if (event.event === 'ready') resolve();
    });
  });
  const sockets = () => openFiles(child.pid ?? 0).sockets;
  const baseline = sockets();
  return {
    async holds() {
      const now = sockets();
      return now > baseline ? [`${now} sockets, ${baseline} before the first session`] : [];
    },
    memory: () => residentBytes(child.pid ?? 0),
    async stop() {
      stopping = true;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exited;
      server.close();
      const logs = join(dataDirectory, 'logs');
      for (const file of readdirSync(logs)) {
        const lines = readFileSync(join(logs, file), 'latin1').split('\n');
        for (const line of lines) {
          ears.text(line);
          if (/"level":"error"/.test(line)) ears.fault(line);
        }
      }
      return code === 0 ? [] : [`exit code ${code}`];
    },
  };
}
