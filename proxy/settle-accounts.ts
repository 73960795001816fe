import { renamedAccounts } from './config/renamed-accounts.ts';
import type { AccountConfiguration } from './contract/index.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';
import type { Vault } from './vault/vault.ts';

/**
 * Drops what was decided and asked for an account together with it.
 *
 * At the start there is nothing to compare with, and a configuration without any account may be one that could not be
 * found: then nothing is dropped.
 *
 * @param decided what has been decided so far
 * @param before the accounts until now; none at the start
 * @param after those from now on
 */
export function settleAccounts(
  desk: Pick<TrustDesk, 'settle'>,
  decided: readonly { account: string }[],
  before: readonly AccountConfiguration[],
  after: readonly AccountConfiguration[],
): void {
  if (before.length === 0 && after.length === 0) return;
  const gone = goneOf(
    decided.map(({ account }) => account),
    before,
    after,
  );
  const servers = after.flatMap(({ name: account, relays }) =>
    relays.map(({ server, port }) => ({ account, server, port })),
  );
  desk.settle(servers, gone, renamedAccounts(before, after));
}

/**
 * Drops what was stored for an account together with it; a renamed one keeps it under its new name. By the same rule as
 * above, nothing is dropped at a start without any account.
 *
 * @param withdraw called for each account that is gone, before what it had is dropped
 */
export async function settleSecrets(
  vault: Pick<Vault, 'accounts' | 'remove' | 'rename'>,
  before: readonly AccountConfiguration[],
  after: readonly AccountConfiguration[],
  withdraw: (account: AccountConfiguration) => Promise<void>,
): Promise<void> {
  const renamed = renamedAccounts(before, after);
  for (const [from, to] of renamed) await vault.rename(from, to);
  const stored = vault.accounts();
  for (const name of goneOf(stored, before, after)) {
    if (!stored.includes(name)) continue;
    const account = before.find((each) => each.name === name);
    if (account) await withdraw(account);
    await vault.remove(name);
  }
}

/** Accounts that no longer exist, among those before and those that something is remembered about. */
function goneOf(
  remembered: readonly string[],
  before: readonly AccountConfiguration[],
  after: readonly AccountConfiguration[],
): Set<string> {
  const names = new Set(after.map(({ name }) => name));
  const known = after.length > 0 ? remembered : [];
  return new Set([...before.map(({ name }) => name), ...known].filter((name) => !names.has(name)));
}
