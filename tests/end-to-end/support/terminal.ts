import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atEnd } from '../../support/clean-up.ts';
import { needProgram } from '../../support/needs.ts';
import { until } from '../../support/service.ts';

/** A program on a screen of 80 by 24. */
export interface OnScreen {
  /** Waits for what it does with the keys. */
  comesTo(done: () => boolean): Promise<void>;
  /** What it has shown since the last key. */
  shown(): string;
  /** The first key is typed at once. */
  leave(keys: [RegExp, string][]): Promise<void>;
}

/** Runs a program for terminals, and types each piece once what goes with it has been shown. */
export async function typeInto(command: string, env: NodeJS.ProcessEnv, keys: [RegExp, string][]): Promise<OnScreen> {
  const child = spawn(needProgram('script'), ['-qec', `stty rows 24 cols 80; ${command}`, '/dev/null'], {
    env: { ...process.env, ...env },
  });
  atEnd(() => void child.kill('SIGKILL'));
  const waiting = [...keys];
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += chunk;
    const [pattern, key] = waiting[0] ?? [];
    if (!pattern?.test(shown)) return;
    waiting.shift();
    shown = '';
    child.stdin.write(key);
  });
  return {
    shown: () => shown,
    comesTo: (done) =>
      until(done, 'it is saved').catch((cause) => {
        const left = `${waiting.length} pieces are left to type`;
        throw new Error(`${left}; shown: ${JSON.stringify(shown.slice(-800))}`, { cause });
      }),
    async leave([[, first] = [/./, ''], ...rest]) {
      waiting.splice(0, waiting.length, ...rest);
      shown = '';
      const ended = once(child, 'close');
      child.stdin.write(first);
      await ended;
    },
  };
}
