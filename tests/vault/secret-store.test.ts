import { expect, test } from 'vitest';
import { VaultUnavailable } from '../../proxy/vault/secret-store.ts';
import { memorySecrets } from './support/memory-secrets.ts';

test('a vault that cannot be opened says why, in a word and in a sentence', () => {
  const locked = new VaultUnavailable('key-locked', 'The keychain is locked.');
  expect(locked).toMatchObject({ name: 'VaultUnavailable', trouble: 'key-locked', message: 'The keychain is locked.' });
});

test('a text is for one account and one purpose', async () => {
  const secrets = memorySecrets();
  await secrets.write('A', 'local-password', 'x');
  await secrets.write('A', 'upstream-password', 'y');
  expect([await secrets.read('A', 'local-password'), await secrets.read('B', 'local-password')]).toEqual(['x', null]);
  await secrets.remove('A');
  expect([...secrets.stored]).toEqual([]);
});
