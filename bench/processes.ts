import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();

/** Ends everything that the bench has started. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(end));
}

/** Ends one program of the bench. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}

/** How a program on Node is started. */
export interface HowToStart {
  /** Options for Node. */
  flags?: readonly string[];
  /** Added to our own environment. */
  environment?: Record<string, string>;
}

function keep(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * Starts a program; its output goes to our stderr when `BENCH_TRACE` is set.
 *
 * @param environment added to ours
 */
export function startProgram(command: string, args: string[], environment: Record<string, string> = {}): ChildProcess {
  const env = { ...process.env, ...environment };
  const child = keep(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env }));
  const trace = process.env.BENCH_TRACE !== undefined;
  child.stdout?.on('data', (chunk: Buffer) => trace && process.stderr.write(chunk));
  child.stderr?.on('data', (chunk: Buffer) => trace && process.stderr.write(chunk));
  return child;
}

/**
 * Starts one of the bench's own programs as a child process.
 *
 * @param how options for Node, and what is added to our environment
 */
export function startOurs(file: string, { flags = [], environment = {} }: HowToStart = {}): ChildProcess {
  return keep(
    fork(fileURLToPath(new URL(file, import.meta.url)), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...flags],
      env: { ...process.env, ...environment },
    }),
  );
}

/** No order takes nearly as long, even on a busy machine: the longest sets up 5,000 sessions. */
const maxSeconds = 600;

/**
 * Sends a message to one of our programs and waits for its answer.
 *
 * @throws {Error} when the program has ended, or has said nothing for ten minutes
 */
export async function ask<A>(child: ChildProcess, message: object): Promise<A> {
  const over = new AbortController();
  const timer = setTimeout(
    () => over.abort(new Error(`no answer within ${maxSeconds} seconds: ${JSON.stringify(message).slice(0, 200)}`)),
    maxSeconds * 1000,
  );
  const gone = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a program of the bench has ended');
  });
  const answered = once(child, 'message', { signal: over.signal });
  child.send(message);
  try {
    const [answer] = await Promise.race([answered, gone]);
    return answer as A;
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const lost of [gone, answered]) lost.catch(() => {});
    over.abort();
  }
}

/** Waits until a loopback port answers. */
export async function untilAccepts(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at once`);
    const socket = net.connect({ host: '127.0.0.1', port });
    const stands = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (stands) return;
    await pause(50);
  }
  throw new Error(`${child.spawnfile} does not listen on ${port}`);
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const ticksPerSecond = 100;

/** The process and all its children, from /proc(5). */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => family(Number(child))))];
}

/** CPU seconds of a program and its children since they began. */
export interface CpuSeconds {
  all: number;
  /** The part of them spent in the kernel. */
  kernel: number;
}

/** CPU seconds that a program and its children have used since they began, including threads that have ended. */
export function cpuSeconds(pid: number): CpuSeconds {
  const sum = { all: 0, kernel: 0 };
  for (const member of family(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    sum.all += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    sum.kernel += Number(fields[12]) / ticksPerSecond;
  }
  return sum;
}

/** Resident memory of a program and its children, in KiB. */
export function residentKib(pid: number): number {
  return family(pid).reduce((sum, member) => {
    const status = readFileSync(`/proc/${member}/status`, 'latin1');
    return sum + Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }, 0);
}

/** CPU milliseconds of a program whose threads are all alive, from schedstat: nanoseconds instead of ticks. */
export function preciseCpuMilliseconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const nanoseconds = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    return sum + nanoseconds / 1e6;
  }, 0);
}
