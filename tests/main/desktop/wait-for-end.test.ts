import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { waitForEnd } from '../../../main/desktop/wait-for-end.ts';
import { atEnd } from '../../support/clean-up.ts';

test('returns at once where nothing runs any more', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const before = Date.now();
  waitForEnd(child.pid, 60_000);
  waitForEnd(undefined, 60_000);
  expect(Date.now() - before).toBeLessThan(30_000);
});

test('waits for what runs, and no longer than it may', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  atEnd(() => child.kill('SIGKILL'));
  const before = Date.now();
  waitForEnd(child.pid, 200);
  expect(Date.now() - before).toBeGreaterThanOrEqual(200);
});
