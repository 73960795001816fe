import { type AccountConfiguration, ownSignIn } from '../contract/index.ts';
import { type AccountGate, createAccountGate, type GateContext } from './account-gate.ts';

/** The gates of the accounts that Postern signs in for. */
export interface AccountGates {
  /** Null for an account whose mail program signs in itself. */
  of(account: string): AccountGate | null;
  /** Brings them in line with the configuration: one whose sign-in is unchanged remembers the guesses made at it. */
  settle(accounts: readonly AccountConfiguration[]): void;
}

export function createAccountGates(context: GateContext): AccountGates {
  const gates = new Map<string, { identity: string; gate: AccountGate }>();
  return {
    of: (account) => gates.get(account)?.gate ?? null,
    settle(accounts) {
      const names = new Set(accounts.map(({ name }) => name));
      for (const name of [...gates.keys()]) if (!names.has(name)) gates.delete(name);
      for (const account of accounts) {
        const own = ownSignIn(account);
        const identity = JSON.stringify(own);
        if (gates.get(account.name)?.identity === identity) continue;
        if (own) gates.set(account.name, { identity, gate: createAccountGate(account.name, own, context) });
        else gates.delete(account.name);
      }
    },
  };
}
