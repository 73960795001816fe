import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { mustRun } from '../../support/programs.ts';
import { root } from '../../support/sources.ts';

/** A program that hears signals, and whose start waits for a pipe that nobody writes to, or has ended. */
async function starting(start: string) {
  const script = `
    import { hearSignals } from ${JSON.stringify(join(root, 'main/cli/signals.ts'))};
    const signals = hearSignals(false, (line) => console.error(line));
    const started = () => signals.stop(() => console.log('asked to stop'));
    ${start}
    setInterval(() => undefined, 1000);
    console.log('hears');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' });
  atEnd(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s during a start that hangs: the first says when it takes effect, the second ends it at once',
  async (signal) => {
    const pipe = join(scratchDirectory('signals'), 'pipe');
    await mustRun('mkfifo', [pipe]);
    const child = await starting(`
      (await import('node:fs/promises')).open(${JSON.stringify(pipe)}).then(started);`);
    child.kill(signal);
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toContain('Postern is still starting, and stops after that; the same again stops at once.');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
  },
);

test('one that came during the start is told after it, and so is each that comes later', async () => {
  const child = await starting(`process.on('SIGUSR2', started);`);
  child.kill('SIGTERM');
  await once(child.stderr, 'data');
  child.kill('SIGUSR2');
  const asked = async () => String((await once(child.stdout, 'data'))[0]);
  expect(await asked()).toBe('asked to stop\n');
  child.kill('SIGTERM');
  expect(await asked()).toBe('asked to stop\n');
});
