import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';

// Run in a process of its own, because what matters is what arrives at the other end of its pipes.

const program = join(scratchDirectory('output'), 'program.mjs');
beforeAll(async () => {
  const module = fileURLToPath(new URL('../../main/output.ts', import.meta.url));
  const contents = `
    import { createOutput } from ${JSON.stringify(module)};
    const output = createOutput();
    const run = new Function('output', 'done', process.argv[2]);
    await run(output);
    await output.flush();
    process.exit(0);`;
  await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
});

function start(script: string) {
  const child = spawn(process.execPath, [program, script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      texts[name] += chunk;
    });
  }
  return { child, texts };
}

test('lines and JSON on stdout, complaints and questions on stderr, all of them inert', async () => {
  const { child, texts } = start(`
    output.lines('one', 'two \\u001b[31m\\r\\n2');
    output.json({ a: 'x\\u001b\\u009b\\n' });
    output.complain('oh \\u202e');
    output.ask('who? ');`);
  expect((await once(child, 'close'))[0]).toBe(0);
  expect(texts.stdout).toBe('one\ntwo \\u001b[31m\\u000d\\u000a2\n{"a":"x\\u001b\\u009b\\n"}\n');
  expect(JSON.parse(texts.stdout.split('\n')[2] ?? '')).toEqual({ a: 'x\u001b\u009b\n' });
  expect(texts.stderr).toBe('oh \\u202e\nwho? ');
});

test('a reader that reads gets everything, more than a pipe holds', async () => {
  const { child, texts } = start(`output.json('x'.repeat(900_000)); output.lines('end');`);
  await once(child, 'close');
  expect(texts.stdout).toHaveLength(900_002 + 1 + 4);
  expect(texts.stdout.endsWith('end\n')).toBe(true);
});

test('a reader that sleeps does not hold the program up, and loses whole lines alone', async () => {
  const { child, texts } = start(`
    for (let line = 0; line < 30_000; line += 1) output.json({ line, filling: 'x'.repeat(80) });
    output.complain('still here');`);
  child.stdout.pause();
  while (!texts.stderr.includes('still here')) await pause(10);
  child.stdout.resume();
  await once(child, 'close');
  const lines = texts.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).line as number);
  expect(lines.length).toBeLessThan(30_000);
  expect(texts.stderr.match(/some of it is left out/g), 'said, and once').toHaveLength(1);
  expect(lines).toEqual(lines.map((_, index) => index));
});

test('a reader that went away is no fault', async () => {
  const { child, texts } = start(`
    const write = () => { for (let line = 0; line < 2000; line += 1) output.lines('x'.repeat(100)); };
    write();
    return new Promise((resolve) => setTimeout(() => { write(); resolve(); }, 200));`);
  child.stdout.destroy();
  expect((await once(child, 'close'))[0]).toBe(0);
  expect(texts.stderr).toBe('');
});
