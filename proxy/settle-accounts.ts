import { renamedAccounts } from './config/renamed-accounts.ts';
import type { AccountConfiguration } from './contract/index.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';

/**
 * Lets go with an account what was decided and asked for it.
 *
 * At the start there is nothing to compare with, and a configuration without any account may be one that could not be
 * found: then nothing goes.
 *
 * @param decided what was decided so far
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
  const names = new Set(after.map(({ name }) => name));
  const known = after.length > 0 ? decided.map(({ account }) => account) : [];
  const gone = [...before.map(({ name }) => name), ...known].filter((name) => !names.has(name));
  const servers = after.flatMap(({ name: account, relays }) =>
    relays.map(({ server, port }) => ({ account, server, port })),
  );
  desk.settle(servers, new Set(gone), renamedAccounts(before, after));
}
