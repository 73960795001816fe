import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bounded } from '../support/bounded.ts';
import { atEnd } from '../support/clean-up.ts';

const program = fileURLToPath(new URL('fuzz.ts', import.meta.url));

/**
 * Runs the fuzzer as `npm run fuzz` does, in a separate process.
 *
 * @param maxMilliseconds after which a hanging run is ended
 * @returns its exit code and all its output
 */
export async function fuzz(
  maxMilliseconds: number,
  ...words: string[]
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['--expose-gc', program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  atEnd(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await bounded(once(child, 'close'), maxMilliseconds, () => `${words.join(' ')} hangs:\n${said}`);
  return { code, said };
}
