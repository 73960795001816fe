import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../../main/notify/command.ts';
import { scratchDirectory } from '../../support/clean-up.ts';
import { needProgram } from '../../support/needs.ts';
import { runs } from '../../support/process-files.ts';
import { until } from '../../support/service.ts';
import { message } from './support.ts';

const folder = scratchDirectory('notify');
const never = new AbortController().signal;

/** A Node program that runs this text; `out` is the file that it may write. */
function program(text: string): { words: string[]; out: string } {
  const file = join(scratchDirectory('program'), 'program.mjs');
  writeFileSync(file, `import fs from 'node:fs';\nconst out = process.argv[2];\n${text}\n`);
  const out = join(scratchDirectory('out'), 'out');
  return { words: [process.execPath, file, out], out };
}

const record = `fs.writeFileSync(out, JSON.stringify({
  argv: process.argv.slice(3), env: process.env, cwd: process.cwd(), input: fs.readFileSync(0, 'utf8'),
  descriptors: fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').filter((fd) => {
    try { return /^(?:socket|\\/(?!dev))/.test(fs.readlinkSync('/proc/self/fd/' + fd)); } catch { return false; }
  }).map(Number).filter((fd) => fd > 2) : [],
}));`;

test('it hears the message on its standard input and in its environment, and of nothing else', async () => {
  process.env.POSTERN_TEST_CANARY = 'canary';
  const { words, out } = program(record);
  await runProgram([...words, '$HOME', '; exit 1'], message(), never);
  delete process.env.POSTERN_TEST_CANARY;
  const heard = JSON.parse(readFileSync(out, 'utf8'));
  expect(JSON.parse(heard.input)).toEqual(message());
  expect(heard.input.endsWith('}\n')).toBe(true);
  expect(heard).toMatchObject({ argv: ['$HOME', '; exit 1'], cwd: '/', descriptors: [] });
  expect(Object.keys(heard.env).sort()).toEqual([
    ...['HOME', 'LANG', 'PATH', 'POSTERN_ACCOUNT', 'POSTERN_COMMAND', 'POSTERN_COMPUTER', 'POSTERN_KIND'],
    ...['POSTERN_SERVER', 'POSTERN_TEXT', 'POSTERN_TIME', 'POSTERN_TITLE'],
  ]);
  expect(heard.env).toMatchObject({ POSTERN_KIND: 'question', POSTERN_SERVER: 'imap.example.org' });
});

test('hostile text stays text, also for a shell script that a person has written', async () => {
  const trace = join(folder, 'trace');
  const script = join(folder, 'script.sh');
  const out = join(folder, 'out');
  writeFileSync(script, '#!/bin/sh\nprintf "%s\\n" "$POSTERN_TITLE" "$POSTERN_SERVER" > "$1"\n', { mode: 0o755 });
  const title = `$(touch ${trace}) \`touch ${trace}\`; touch ${trace} %s "'`;
  await runProgram([script, out], message({ title, server: `() { :; }; touch ${trace}` }), never);
  expect(readFileSync(out, 'utf8')).toBe(`${title}\n() { :; }; touch ${trace}\n`);
  expect(existsSync(trace)).toBe(false);
});

test.each([
  ['a program that is not there', [join(folder, 'none')], 'cannot be started (ENOENT)'],
  ['one that fails', [process.execPath, '-e', 'process.exit(3)'], 'failed (exit code 3)'],
  ['one that does not read and fails', [process.execPath, '-e', 'process.kill(process.pid)'], 'failed (SIGTERM)'],
])('%s', async (_, words, problem) => {
  await expect(runProgram(words, message({ text: 'x'.repeat(100_000) }), never)).rejects.toThrow(problem);
});

/**
 * A program that has started another, and hangs together with it: a shell, which takes no part of the time that it is given
 * for starting.
 */
function hangs(): { words: string[]; out: string } {
  const file = join(scratchDirectory('program'), 'program.sh');
  writeFileSync(file, 'sleep 600 &\necho $! >"$1.part" && mv "$1.part" "$1"\nwait\n');
  const out = join(scratchDirectory('out'), 'out');
  return { words: [needProgram('sh'), file, out], out };
}

test('one that hangs is ended in time, and what it has started with it', async () => {
  const { words, out } = hangs();
  await expect(runProgram(words, message(), never, 2_000)).rejects.toThrow(
    'did not end within 2 seconds and was stopped',
  );
  const pid = Number(readFileSync(out, 'utf8'));
  await until(() => !runs(pid), 'its child is gone');
});

test('it ends with whoever started it', async () => {
  const { words, out } = hangs();
  const stop = new AbortController();
  const running = runProgram(words, message(), stop.signal);
  await until(() => existsSync(out), 'it runs');
  stop.abort();
  await expect(running).rejects.toThrow('failed (SIGKILL)');
});
