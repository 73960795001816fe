import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logLevels } from '../../proxy/log/levels.ts';
import { openLogger } from '../../proxy/log/logger.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-logger-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('lines of every level are on the disk, whole and in order, once it is closed', async () => {
  const logger = await openLogger(directory);
  const lines = Array.from({ length: 5_000 }, (_, number) => `line ${number} %s {"a":1} ${'x'.repeat(20)}`);
  lines.forEach((line, number) => {
    logger.write(line, logLevels[number % logLevels.length] ?? 'info');
  });
  await logger.close();
  expect(readFileSync(join(directory, 'postern.log'), 'utf8').trimEnd().split('\n')).toEqual(lines);
});

test('what is written after the end is dropped without a fault', async () => {
  const logger = await openLogger(directory);
  logger.write('first', 'info');
  await logger.close();
  expect(() => logger.write('late', 'info')).not.toThrow();
  expect(readFileSync(join(directory, 'postern.log'), 'utf8')).toBe('first\n');
});
