import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../support/clean-up.ts';
import { startPostern } from '../support/postern.ts';

const nothing = { version: 1 as const, accounts: [] };
const entriesOf = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' });

/**
 * Runs the built core once with this folder for the caches of all programs. Returns what Node reported about compiled
 * code.
 */
async function live(caches: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE', XDG_CACHE_HOME: caches, ...more };
  const postern = await startPostern({ configuration: nothing, env });
  expect(await postern.stop()).toBe(0);
  return postern.output();
}

test('what was compiled is kept for the next start, and for this user alone', async () => {
  const caches = scratchDirectory('caches');
  expect(await live(caches)).not.toContain('was accepted');
  const kept = entriesOf(caches).map((entry) => statSync(join(caches, entry)));
  expect(kept.some((entry) => entry.isFile())).toBe(true);
  for (const entry of kept) expect(entry.mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600);
  expect(await live(caches)).toContain('was accepted');
});

test('a folder that others may write to is left alone', async () => {
  const caches = scratchDirectory('caches');
  const ours = join(caches, 'postern');
  mkdirSync(ours);
  chmodSync(ours, 0o777);
  expect(await live(caches)).not.toContain('compile cache');
  expect(entriesOf(ours)).toEqual([]);
});

test('a link is not followed', async () => {
  const caches = scratchDirectory('caches');
  const elsewhere = scratchDirectory('elsewhere');
  symlinkSync(elsewhere, join(caches, 'postern'));
  expect(await live(caches)).not.toContain('compile cache');
  expect(entriesOf(elsewhere)).toEqual([]);
});

test('where nothing can be kept, it starts all the same', async () => {
  const caches = join(scratchDirectory('caches'), 'file');
  writeFileSync(caches, 'in the way');
  expect(await live(caches)).not.toContain('compile cache');
  // Node's own way of creating folders never returns from there.
  if (process.platform === 'linux') expect(await live('/proc/postern')).not.toContain('compile cache');
});

test('no variable of Node says where the compiled core is taken from', async () => {
  const caches = scratchDirectory('caches');
  const elsewhere = join(scratchDirectory('elsewhere'), 'cache');
  const told = await live(caches, { NODE_COMPILE_CACHE: elsewhere });
  const ofCore = told.split('\n').filter((line) => line.includes('reading cache') && line.includes('/headless-'));
  expect(ofCore).toHaveLength(1);
  expect(ofCore[0]).toContain(`reading cache from ${caches}/postern/`);
});
