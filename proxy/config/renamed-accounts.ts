import { isDeepStrictEqual } from 'node:util';
import type { AccountConfiguration } from '../contract/index.ts';

/**
 * Accounts that continue under another name: one was removed, and a new one has the same relays.
 *
 * @returns the new names by the old
 */
export function renamedAccounts(
  before: readonly AccountConfiguration[],
  after: readonly AccountConfiguration[],
): Map<string, string> {
  const missingIn = (others: readonly AccountConfiguration[]) => (account: AccountConfiguration) =>
    others.every(({ name }) => name !== account.name);
  const added = after.filter(missingIn(before));
  const renamed = new Map<string, string>();
  for (const { name, relays } of before.filter(missingIn(after))) {
    const same = added.find((account) => isDeepStrictEqual(account.relays, relays));
    if (same && relays.length > 0) renamed.set(name, same.name);
  }
  return renamed;
}
