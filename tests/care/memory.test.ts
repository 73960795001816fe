import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createCareMemory } from '../../proxy/care/memory.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { openTrustStore } from '../../proxy/trust/decisions/trust-store.ts';
import { scratchDirectory } from '../support/clean-up.ts';

const place = { account: 'A', server: 'mail.test', port: 587 };
const other = { ...place, account: 'B' };
const now = () => new Date('2026-11-21T12:00:00Z');
const warning = { account: 'A', fingerprint: 'a'.repeat(64), threshold: 14, notAfter: '2026-12-01T00:00:00.000Z' };

async function open(directory: string) {
  const state = createStateStore({ version: '0', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
  const store = await openTrustStore(directory, state);
  return { ...createCareMemory(store, now), close: store.close };
}

test('what a server did is remembered for every account and spelling, in a private file, over a restart', async () => {
  const directory = scratchDirectory('care');
  const first = await open(directory);
  expect(first.offeredTls(place)).toBeNull();
  first.sawTls(place, 'starttls');
  expect(first.offeredTls({ ...place, port: 25 })).toBeNull();
  await first.close();
  expect(statSync(join(directory, 'trust.json')).mode & 0o777).toBe(0o600);
  const second = await open(directory);
  for (const same of [place, other, { ...place, server: 'MAIL.Test.' }]) {
    expect(second.offeredTls(same)).toBe(now().toISOString());
  }
});

test('a warning is given once for each threshold and certificate, nearer ones later', async () => {
  const directory = scratchDirectory('care');
  const first = await open(directory);
  expect(first.warn(warning)).toBe(true);
  expect(first.warn(warning)).toBe(false);
  await first.close();
  const second = await open(directory);
  expect(second.warn(warning)).toBe(false);
  expect(second.warn({ ...warning, threshold: 3 })).toBe(true);
  expect(second.warn(warning)).toBe(false);
  expect(second.warn({ ...warning, fingerprint: 'b'.repeat(64) })).toBe(true);
});

test('what is not configured any more is forgotten, on the disk too', async () => {
  const directory = scratchDirectory('care');
  const memory = await open(directory);
  memory.sawTls(place, 'starttls');
  memory.sawTls({ ...other, server: 'other.test' }, 'starttls');
  memory.warn(warning);
  memory.keepOnly([{ ...other, server: 'other.test' }]);
  expect(memory.offeredTls(place)).toBeNull();
  expect(memory.offeredTls({ ...other, server: 'OTHER.test' })).toBe(now().toISOString());
  await memory.close();
  const text = readFileSync(join(directory, 'trust.json'), 'utf8');
  expect(text).not.toContain('mail.test');
  expect(text).not.toContain(warning.fingerprint);
});
