import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const marker = 'POSTERN_TEST_RUN';

/**
 * Vitest's global set-up: marks the environment of everything that this run starts, and fails the run when a process
 * with that mark outlives the tests (where the system shows other processes' environments). All temporary files of the
 * run are in one directory, which is removed with it; other users can pass through it, because mail servers change
 * their user.
 */
export default function setup(): () => Promise<void> {
  const run = randomUUID();
  process.env[marker] = run;
  const directory = mkdtempSync(join(tmpdir(), 'postern-'));
  chmodSync(directory, 0o711);
  process.env.TMPDIR = directory;
  return async () => {
    await noneLeft(run).finally(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  };
}

async function noneLeft(run: string): Promise<void> {
  let left = leftovers(run);
  for (let tries = 0; left.length > 0 && tries < 600; tries += 1) {
    await pause(100);
    left = leftovers(run);
  }
  if (left.length === 0) return;
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  throw new Error(`the tests left processes behind:\n${left.map(({ pid, words }) => `${pid} ${words}`).join('\n')}`);
}

function leftovers(run: string): { pid: number; words: string }[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${marker}=${run}`)) return [];
        const words = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ');
        // Vitest's own workers end later.
        return words === '' || words.includes('vitest') ? [] : [{ pid: Number(name), words }];
      } catch {
        // Another user's process, or one that has just ended.
        return [];
      }
    });
}
