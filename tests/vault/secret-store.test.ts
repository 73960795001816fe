import { expect, test } from 'vitest';
import { secretPurposes, VaultUnavailable } from '../../proxy/vault/secret-store.ts';

test('a vault that cannot be opened says why, in a word and in a sentence', () => {
  const locked = new VaultUnavailable('key-locked', 'The keychain is locked.');
  expect(locked).toMatchObject({ name: 'VaultUnavailable', trouble: 'key-locked', message: 'The keychain is locked.' });
  expect(new Set(secretPurposes).size).toBe(4);
});
