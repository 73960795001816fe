import { type AccountConfiguration, ownSignIn } from './contract/index.ts';
import type { Consents } from './oauth/consents.ts';
import type { Revocation } from './oauth/revocation.ts';

/** The consents of removed accounts, however they were removed: each is revoked at its issuer. */
export interface Withdrawals {
  /** To be called before the account's secrets are removed. Does not wait for the issuer, and does not fail. */
  begin(account: AccountConfiguration): Promise<void>;
  /** @returns how it went; null where the account had no consent. Asked once for each removal */
  outcome(account: string): Promise<Revocation | null>;
}

/** @param untold hears of accounts whose issuer could not be told: the person can still do so there */
export function createWithdrawals(
  consents: Pick<Consents, 'prepareRevocation'>,
  untold: (account: string) => void,
): Withdrawals {
  const underWay = new Map<string, Promise<Revocation>>();
  return {
    async begin(account) {
      const signIn = ownSignIn(account);
      if (signIn?.kind !== 'oauth') return;
      // A vault that does not open has been reported: its consents cannot be revoked.
      const revoke = await consents.prepareRevocation(account.name, signIn).catch(() => null);
      if (!revoke) return;
      const outcome = revoke();
      underWay.set(account.name, outcome);
      void outcome.then((how) => {
        if (how === 'forgotten') untold(account.name);
      });
    },
    async outcome(account) {
      const outcome = underWay.get(account) ?? null;
      underWay.delete(account);
      return outcome;
    },
  };
}
