import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configurationFile, loadConfiguration } from '../../proxy/config/load.ts';
import { saveConfiguration } from '../../proxy/config/save.ts';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { createAuthority } from '../support/pki.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-save-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const relay = {
  name: 'r',
  protocol: 'pop3',
  listen: 1110,
  server: 'pop.example.org',
  port: 995,
  tls: 'implicit',
} as const;
const sound: ConfigurationInput = { version: 1, accounts: [{ name: 'Home', relays: [relay] }] };

test('what is saved is what a load gives back', async () => {
  const saved = await saveConfiguration(directory, sound);
  expect(await loadConfiguration(directory)).toEqual(saved);
  expect(saved.settings.connectTimeoutSeconds).toBe(15);
});

test('an unsound configuration is refused and the old file stands', async () => {
  await saveConfiguration(directory, sound);
  const before = readFileSync(configurationFile(directory), 'utf8');
  const tls = 'none' as 'implicit';
  const bad: ConfigurationInput = { version: 1, accounts: [{ name: 'Home', relays: [{ ...relay, tls }] }] };
  await expect(saveConfiguration(directory, bad)).rejects.toThrow(
    'the new configuration: accounts[0].relays[0].tls: expected "implicit" or "starttls", found "none"',
  );
  await expect(saveConfiguration(directory, { ...sound, certificateAuthorities: ['gone.pem'] })).rejects.toThrow(
    'certificateAuthorities[0]: expected a PEM file',
  );
  expect(readFileSync(configurationFile(directory), 'utf8')).toBe(before);
});

test('a file that someone is editing by hand, and that is not sound yet, is not written over', async () => {
  const half = '{ "version": 1,\n  "accounts": [ half of a thou';
  writeFileSync(configurationFile(directory), half);
  await expect(saveConfiguration(directory, sound)).rejects.toThrow('line 2, column');
  expect(readFileSync(configurationFile(directory), 'utf8')).toBe(half);
});

test('a file that names an authority which is gone can still be replaced by one that does not', async () => {
  const root = join(directory, 'root.pem');
  writeFileSync(root, createAuthority().certPem);
  await saveConfiguration(directory, { ...sound, certificateAuthorities: ['root.pem'] });
  rmSync(root);
  await saveConfiguration(directory, sound);
  expect((await loadConfiguration(directory)).certificateAuthorities).toEqual([]);
});

test('nothing is made when the folder is not there', async () => {
  const nowhere = join(directory, 'nowhere');
  await expect(saveConfiguration(nowhere, sound)).rejects.toThrow('ENOENT');
  expect(existsSync(nowhere)).toBe(false);
});
