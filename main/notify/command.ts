import { spawn } from 'node:child_process';
import type { Message } from './message.ts';

/** A program that takes longer has hung; its group is ended then. Milliseconds. */
const usualLimit = 30_000;

/**
 * Runs the person's program with a message as one line of JSON on its standard input. No shell is involved, and nothing
 * of the message is an argument: a server's name cannot become a command. It inherits no environment but `HOME`.
 *
 * @param words the program's absolute path, and its arguments
 * @param signal ends the program
 * @throws {Error} in words that complete "the command …"
 */
export function runProgram(
  [program = '', ...args]: readonly string[],
  message: Message,
  signal: AbortSignal,
  limit: number = usualLimit,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(program, args, {
      cwd: '/',
      env: environmentFor(message, process.env),
      stdio: ['pipe', 'ignore', 'ignore'],
      // A group of its own, so that what it has started ends with it.
      detached: !windows,
      windowsHide: true,
    });
    function kill(): void {
      if (windows || child.pid === undefined) return void child.kill('SIGKILL');
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limit);
    signal.addEventListener('abort', kill, { once: true });
    const end = (problem: string | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      if (problem === null) resolve();
      else reject(new Error(problem));
    };
    child.once('error', ({ code }: NodeJS.ErrnoException) => end(`cannot be started (${code})`));
    child.once('exit', (code, by) => {
      if (late) end(`did not end within ${limit / 1000} seconds and was stopped`);
      else end(code === 0 ? null : `failed (${by ?? `exit code ${code}`})`);
    });
    // A program may use its environment alone and not read this.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(message)}\n`);
    if (signal.aborted) kill();
  });
}

/** The same facts for a shell script, and what programs need to run at all. */
function environmentFor(message: Message, { HOME, SystemRoot }: NodeJS.ProcessEnv): Record<string, string> {
  const { kind, title, text, command, computer, time, account = '', server = '' } = message;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ...(HOME === undefined ? {} : { HOME }),
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
    POSTERN_KIND: kind,
    POSTERN_TITLE: title,
    POSTERN_TEXT: text,
    POSTERN_COMMAND: command,
    POSTERN_COMPUTER: computer,
    POSTERN_TIME: time,
    POSTERN_ACCOUNT: account,
    POSTERN_SERVER: server,
  };
}
