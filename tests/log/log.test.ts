import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../../proxy/log/log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-log-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A log whose lines are kept in memory. */
function inMemory(level: 'error' | 'warn' | 'info' | 'trace') {
  const lines: string[] = [];
  const open = async () => ({ write: (line: string) => void lines.push(line), close: async () => undefined });
  // Only the time at the start of each line differs from run to run.
  const texts = () => lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, ''));
  return { log: createLog({ directory, level, open }), texts };
}

test('a level takes what is at least as grave, and can change', async () => {
  const { log, texts } = inMemory('warn');
  const all = () => {
    log.error('e');
    log.warn('w');
    log.info('i');
    log.trace('s', 'client', 'NOOP');
  };
  all();
  expect(log.traces).toBe(false);
  log.setLevel('trace');
  expect(log.traces).toBe(true);
  all();
  log.setLevel('error');
  all();
  await log.close();
  expect(texts().map((line) => line.split(' ')[0])).toEqual([
    'error',
    'warn',
    'error',
    'warn',
    'info',
    'trace',
    'error',
  ]);
});

test('nothing that is written can forge a line or hold a secret', async () => {
  const { log, texts } = inMemory('trace');
  log.info('a\n2026-01-01 info forged', { relay: 'x" reason="y', message: '\u001b[31mred\r\nnext' });
  log.trace('s1', 'client', 'AUTH PLAIN AGFubgBIdW50ZXIy');
  log.trace('s1', 'client', 'AGFubgBIdW50ZXIy');
  log.warn('refused', { relay: 'r', reason: 'upstream-protocol', message: 'PASS hunter2' });
  await log.close();
  expect(texts()).toEqual([
    'info a\\u000a2026-01-01 info forged relay="x\\" reason=\\"y" message="\\u001b[31mred\\u000d\\u000anext"',
    'trace client session=s1 line="AUTH PLAIN ‹secret›"',
    'trace client session=s1 line="‹secret›"',
    'warn refused relay=r reason=upstream-protocol message="PASS ‹secret›"',
  ]);
});

test('the folder is made for the first line, private, and not before', async () => {
  const logs = join(directory, 'data', 'logs');
  const quiet = createLog({ directory: logs, level: 'info' });
  await quiet.close();
  expect(readdirSync(directory)).toEqual([]);
  const log = createLog({ directory: logs, level: 'info' });
  log.info('start');
  await log.close();
  expect(readFileSync(join(logs, 'postern.log'), 'utf8')).toMatch(/^\S+Z info start\r?\n$/);
  if (process.platform !== 'win32') {
    expect(statSync(logs).mode & 0o777).toBe(0o700);
    expect(statSync(join(logs, 'postern.log')).mode & 0o777).toBe(0o600);
  }
});

test('a folder that cannot be made costs the log and nothing else', async () => {
  writeFileSync(join(directory, 'logs'), 'a file is in the way');
  const log = createLog({ directory: join(directory, 'logs'), level: 'info' });
  log.info('one');
  await log.close();
  log.error('after the end');
  expect(readFileSync(join(directory, 'logs'), 'utf8')).toBe('a file is in the way');
});

test('a log file that cannot be opened costs the log and nothing else', async () => {
  mkdirSync(join(directory, 'logs', 'postern.log'), { recursive: true });
  const log = createLog({ directory: join(directory, 'logs'), level: 'info' });
  for (let line = 0; line < 5000; line += 1) log.info(`line ${line}`);
  await log.close();
  expect(readdirSync(join(directory, 'logs', 'postern.log'))).toEqual([]);
});
