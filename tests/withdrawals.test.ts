import { expect, test } from 'vitest';
import { configurationSchema } from '../proxy/contract/index.ts';
import type { Revocation } from '../proxy/oauth/revocation.ts';
import { VaultUnavailable } from '../proxy/vault/secret-store.ts';
import { createWithdrawals } from '../proxy/withdrawals.ts';

const { accounts } = configurationSchema.parse({
  version: 1,
  accounts: [
    { name: 'Consent', signIn: { kind: 'oauth', user: 'bob', provider: 'google' }, relays: [] },
    { name: 'Old', relays: [] },
  ],
});
const [consent, old] = accounts as [(typeof accounts)[0], (typeof accounts)[0]];

async function removed(how: Revocation | null | Error, account = consent) {
  const untold: string[] = [];
  const withdrawals = createWithdrawals(
    {
      async prepareRevocation() {
        if (how instanceof Error) throw how;
        return how && (async () => how);
      },
    },
    (name) => void untold.push(name),
  );
  await withdrawals.begin(account);
  return [await withdrawals.outcome(account.name), untold, await withdrawals.outcome(account.name)];
}

test('the consent of a removed account is given back; where its provider is not told, the person is', async () => {
  expect(await removed('revoked')).toEqual(['revoked', [], null]);
  expect(await removed('forgotten')).toEqual(['forgotten', ['Consent'], null]);
});

test('without a consent, or with a vault that does not open, there is nothing to give back', async () => {
  expect(await removed(null)).toEqual([null, [], null]);
  expect(await removed(new VaultUnavailable('key-locked', 'locked'))).toEqual([null, [], null]);
  expect(await removed('revoked', old)).toEqual([null, [], null]);
});
