import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LogLevel, logLevels } from '../../proxy/log/levels.ts';
import { openLogger } from '../../proxy/log/logger.ts';
import { openRotatingFiles } from '../../proxy/log/rotating-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-logger-'));
});
const timestamp = '2026-01-02T03:04:05.678Z';
const entry = (message: string, level: LogLevel = 'info') => ({ level, timestamp, message, fields: {} });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('lines of every level are on the disk, whole and in order, once it is closed', async () => {
  const logger = await openLogger(await openRotatingFiles(directory), 'trace');
  const messages = Array.from({ length: 5_000 }, (_, number) => `line ${number} %s {"a":1} ${'x'.repeat(20)}`);
  messages.forEach((message, number) => {
    logger.log(entry(message, logLevels[number % logLevels.length]));
  });
  await logger.close();
  const lines = readFileSync(join(directory, 'postern.log'), 'utf8').trimEnd().split('\n');
  const expected = messages.map((message, number) => `${timestamp} ${logLevels[number % logLevels.length]} ${message}`);
  expect(lines).toEqual(expected);
});

test('a level that is set holds for what is written after it', async () => {
  const logger = await openLogger(await openRotatingFiles(directory), 'warn');
  for (const level of logLevels) logger.log(entry(`first ${level}`, level));
  logger.setLevel('info');
  for (const level of logLevels) logger.log(entry(`then ${level}`, level));
  await logger.close();
  const lines = readFileSync(join(directory, 'postern.log'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => line.split(' ').slice(2).join(' '))).toEqual([
    'first error',
    'first warn',
    'then error',
    'then warn',
    'then info',
  ]);
});

test('what is written after the end is dropped without a fault', async () => {
  const logger = await openLogger(await openRotatingFiles(directory), 'info');
  logger.log(entry('first', 'info'));
  await logger.close();
  expect(() => logger.log(entry('late', 'info'))).not.toThrow();
  expect(readFileSync(join(directory, 'postern.log'), 'utf8')).toBe(`${timestamp} info first\n`);
});
