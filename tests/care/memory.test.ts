import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCareMemory } from '../../proxy/care/memory.ts';
import { scratchDirectory } from '../support/clean-up.ts';

const place = { account: 'A', server: 'mail.test', port: 587 };
const other = { ...place, account: 'B' };
const now = () => new Date('2026-11-21T12:00:00Z');
const warning = { account: 'A', fingerprint: 'a'.repeat(64), threshold: 14, notAfter: '2026-12-01T00:00:00.000Z' };

test('what a server did is remembered for the account, in a private file, over a restart', async () => {
  const directory = scratchDirectory('care');
  const first = await openCareMemory(directory, now);
  expect(first.offeredTls(place)).toBeNull();
  first.sawTls(place);
  expect(first.offeredTls(other)).toBeNull();
  await first.close();
  expect(statSync(join(directory, 'care.json')).mode & 0o777).toBe(0o600);
  const second = await openCareMemory(directory, now);
  expect(second.offeredTls(place)).toBe(now().toISOString());
});

test('a warning is given once for each threshold and certificate, nearer ones later', async () => {
  const directory = scratchDirectory('care');
  const first = await openCareMemory(directory, now);
  expect(first.warn(warning)).toBe(true);
  expect(first.warn(warning)).toBe(false);
  await first.close();
  const second = await openCareMemory(directory, now);
  expect(second.warn(warning)).toBe(false);
  expect(second.warn({ ...warning, threshold: 3 })).toBe(true);
  expect(second.warn(warning)).toBe(false);
  expect(second.warn({ ...warning, fingerprint: 'b'.repeat(64) })).toBe(true);
});

test('what is not configured any more is forgotten, on the disk too', async () => {
  const directory = scratchDirectory('care');
  const memory = await openCareMemory(directory, now);
  memory.sawTls(place);
  memory.sawTls(other);
  memory.warn(warning);
  memory.keepOnly([other]);
  expect([memory.offeredTls(place), memory.offeredTls(other)]).toEqual([null, now().toISOString()]);
  await memory.close();
  const text = readFileSync(join(directory, 'care.json'), 'utf8');
  expect(text).not.toContain('"A"');
  expect(text).not.toContain(warning.fingerprint);
});

test('a file that makes no sense is begun anew', async () => {
  const directory = scratchDirectory('care');
  writeFileSync(join(directory, 'care.json'), '{"version":1,"servers":[{}]}', { mode: 0o600 });
  const memory = await openCareMemory(directory, now);
  expect(memory.offeredTls(place)).toBeNull();
  memory.sawTls(place);
  await memory.close();
  expect((await openCareMemory(directory, now)).offeredTls(place)).not.toBeNull();
});
