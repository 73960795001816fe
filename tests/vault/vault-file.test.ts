import { expect, test } from 'vitest';
import { vaultKey } from '../../proxy/vault/sealing.ts';
import {
  fits,
  newVault,
  openRecord,
  parseVaultFile,
  sealRecord,
  writeVaultFile,
} from '../../proxy/vault/vault-file.ts';

const id = 'a'.repeat(32);
const key = vaultKey(Buffer.alloc(32, 7), id);
const file = { ...newVault(id, 'file', key), records: [sealRecord(key, id, 'Work', 'local-password', 'abc')] };

test('what is written is read back, and holds no text in the open', () => {
  const json = writeVaultFile(file);
  expect(parseVaultFile(json)).toEqual(file);
  expect(json).not.toContain('abc"');
  expect(fits(key, file)).toBe(true);
  expect(fits(vaultKey(Buffer.alloc(32, 8), id), file)).toBe(false);
  expect(fits(vaultKey(Buffer.alloc(32, 7), 'b'), file)).toBe(false);
});

test('a record opens for its own account and purpose alone, in its own vault', () => {
  const [record] = file.records as [(typeof file.records)[0]];
  expect(openRecord(key, id, record)).toBe('abc');
  expect(openRecord(key, id, { ...record, account: 'Home' })).toBeNull();
  expect(openRecord(key, id, { ...record, purpose: 'upstream-password' })).toBeNull();
  expect(openRecord(key, 'b'.repeat(32), record)).toBeNull();
});

test.each([
  ['nothing', ''],
  ['half of it', writeVaultFile(file).slice(0, 200)],
  ['another version', writeVaultFile(file).replace('"version": 1', '"version": 2')],
  ['a key more', writeVaultFile(file).replace('"version": 1', '"version": 1, "x": 1')],
  ['a place that does not exist', writeVaultFile(file).replace('"file"', '"cloud"')],
  ['a purpose that does not exist', writeVaultFile(file).replace('local-password', 'x')],
])('%s is no vault', (_, json) => {
  expect(parseVaultFile(json)).toBeNull();
});
