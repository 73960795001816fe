import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from './clean-up.ts';
import { needProgram } from './needs.ts';
import { patienceSeconds } from './patience.ts';

/** A server that a test has started. */
export interface Service {
  child: ChildProcess;
  /** What it has printed so far, both streams. */
  output(): string;
  /**
   * Ends it and everything it started, by force after half a minute. May be called again, also long after it has ended by itself:
   * by then its number may be another process's, which is left alone.
   */
  stop(): Promise<void>;
}

/**
 * Starts a server in a process group of its own and waits until it is ready.
 *
 * @param isReady called repeatedly until it returns true.
 * @throws when the server ends or `patienceSeconds` pass before it is ready, with its output and the result of `explain()`.
 */
export async function startService(
  program: string,
  args: string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    isReady: () => Promise<boolean>;
    /** More information about a failure to start. */
    explain?: () => string;
    /** Receives the process before it has printed anything. */
    onStart?: (child: ChildProcess) => void;
    /** Ended by force at once, because it is known to take no notice of SIGTERM. */
    endsByForce?: boolean;
  },
): Promise<Service> {
  const { cwd, env, isReady, explain, onStart, endsByForce = false } = options;
  needProgram(program);
  // If the tests are killed, the system ends the server with them (util-linux, on every Debian).
  const [command, ...words] =
    process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM', program, ...args] : [program, ...args];
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(String(chunk)));
  onStart?.(child);
  let failure: Error | null = null;
  child.once('error', (error) => {
    failure = error;
  });
  const group = groupOf(child, endsByForce ? 'SIGKILL' : 'SIGTERM');
  const service: Service = { child, output: () => chunks.join(''), stop: group.stop };
  atEnd(service.stop);
  await until(async () => {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${program} ended before it was ready:\n${service.output()}\n${explain?.() ?? ''}`);
    }
    return isReady();
  }, `${program} is ready`).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${service.output()}\n${explain?.() ?? ''}`, { cause: error });
  });
  return service;
}

/**
 * The process group that a child leads. The system gives a group's number to another process as soon as none of it is left, so
 * that it may be used only while it is known to be this group's.
 */
function groupOf(child: ChildProcess, end: NodeJS.Signals): { stop(): Promise<void> } {
  const { pid } = child;
  let isOurs = pid !== undefined;
  function signal(signal: NodeJS.Signals | 0): void {
    try {
      if (isOurs) process.kill(-(pid as number), signal);
    } catch {
      // None of it is left, as it should be.
      isOurs = false;
    }
  }
  child.once('exit', () => signal(0));
  return {
    async stop() {
      if (!isOurs) return;
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill(end);
        await Promise.race([ended, pause(30_000, undefined, { ref: false })]);
      }
      signal('SIGKILL');
      isOurs = false;
    },
  };
}

/** Asks until the answer is true. For what gives no signal when it is done, such as a mail server's delivery. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  seconds = patienceSeconds,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} seconds in vain until ${what}`);
    await pause(50);
  }
}

/** Whether something accepts connections on this loopback port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
