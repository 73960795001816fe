import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchKey, type KeyPlaces, makeKey } from '../../proxy/vault/vault-key.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { memoryKeychain, noKeychain } from './support/keychains.ts';

const id = 'a'.repeat(32);

function places(given: Partial<KeyPlaces> = {}): KeyPlaces {
  return { dataDirectory: scratchDirectory('key'), keychain: noKeychain, credentialsDirectory: undefined, ...given };
}

test('the keychain holds it where there is one', async () => {
  const keychain = memoryKeychain();
  const here = places({ keychain });
  const { place, key } = await makeKey(id, here);
  expect(place).toBe('keychain');
  expect((await fetchKey(id, 'keychain', here)).equals(key)).toBe(true);
  expect([...keychain.entries.keys()]).toEqual([`vault ${id}`]);
  keychain.locked = true;
  await expect(fetchKey(id, 'keychain', here)).rejects.toMatchObject({ trouble: 'key-locked' });
  keychain.locked = false;
  keychain.entries.clear();
  await expect(fetchKey(id, 'keychain', here)).rejects.toMatchObject({ trouble: 'key-missing' });
});

test('a keychain that keeps something else than it is given is none', async () => {
  const keychain = memoryKeychain();
  const forgetful = { ...keychain, read: async () => null };
  expect((await makeKey(id, places({ keychain: forgetful }))).place).toBe('file');
});

test('without a keychain a file holds it, for its owner alone, and a later vault uses the same', async () => {
  const here = places();
  const { place, key } = await makeKey(id, here);
  const file = join(here.dataDirectory, 'vault.key');
  expect(place).toBe('file');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await fetchKey(id, 'file', here)).equals(key)).toBe(true);
  const text = readFileSync(file, 'utf8');
  expect((await makeKey('b'.repeat(32), here)).key.equals(key)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe(text);
  writeFileSync(file, '');
  await expect(fetchKey(id, 'file', here)).rejects.toMatchObject({ trouble: 'key-missing' });
});

test('what systemd gives goes before everything else, and has to be long enough', async () => {
  const credentialsDirectory = scratchDirectory('credentials');
  const here = places({ keychain: memoryKeychain(), credentialsDirectory });
  expect((await makeKey(id, here)).place).toBe('keychain');
  await expect(fetchKey(id, 'systemd-credential', here)).rejects.toMatchObject({ trouble: 'key-locked' });
  writeFileSync(join(credentialsDirectory, 'postern-vault-key'), 'x'.repeat(16));
  const { place, key } = await makeKey(id, here);
  expect(place).toBe('systemd-credential');
  expect((await fetchKey(id, place, here)).equals(key)).toBe(true);
  writeFileSync(join(credentialsDirectory, 'postern-vault-key'), 'x'.repeat(15));
  await expect(makeKey(id, here)).rejects.toThrow(/too short/);
});
