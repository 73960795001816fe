import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { needProgram } from './needs.ts';
import { patienceSeconds } from './patience.ts';

/** How a program ended. */
export interface Ran {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

/**
 * Runs a mail program to its end.
 *
 * @param options.seconds after which it is killed and the test fails; `patienceSeconds` by default.
 */
export async function runProgram(
  program: string,
  args: string[],
  options: { input?: string | Uint8Array; env?: NodeJS.ProcessEnv; cwd?: string; seconds?: number } = {},
): Promise<Ran> {
  const { input, env, cwd, seconds = patienceSeconds } = options;
  const child = spawn(needProgram(program), args, {
    stdio: 'pipe',
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A program that ends before it has read everything reports that in its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const stderr = Buffer.concat(err).toString();
  if (signal !== null) throw new Error(`${program} was ended by ${signal} after ${seconds} seconds:\n${stderr}`);
  return { code, stdout: Buffer.concat(out), stderr };
}

/** As {@link runProgram}, for a program that has to succeed: otherwise throws with its output. */
export async function mustRun(...call: Parameters<typeof runProgram>): Promise<Ran> {
  const ran = await runProgram(...call);
  if (ran.code !== 0) throw new Error(`${call[0]} ended with ${ran.code}:\n${ran.stderr}\n${ran.stdout.toString()}`);
  return ran;
}
