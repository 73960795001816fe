import { type AccountConfiguration, ownSignIn, type SignInNeed, type UntimedEvent } from '../contract/index.ts';
import type { StateStore } from '../state/store.ts';
import { untilWoken } from '../state/woken.ts';

/**
 * What each account needs before Postern can sign in. Like a certificate question it is state: whoever missed the event
 * still finds it, and ten programs that need it are reported once.
 */
export interface SignIns {
  /** Brings the rows in line with the configuration. A need stays while the sign-in is unchanged. */
  settle(accounts: readonly AccountConfiguration[]): void;
  /**
   * Notes what a person has to do; reported once per reason and address.
   *
   * @param where the address to consent at, or the code for another machine, once a person has begun
   */
  need(account: string, reason: SignInNeed, where?: Where): void;
  /** What a person has to do, as far as it was noted. */
  needed(account: string): SignInNeed | undefined;
  /** A person has supplied it: waiting sessions go on. */
  given(account: string): void;
  /** The server accepted what Postern signed in with. */
  accepted(account: string): void;
  /** Replaces the warnings about what will need a person soon. */
  warn(account: string, warnings: readonly string[]): void;
  /**
   * Waits until a person has supplied what is needed.
   *
   * @param milliseconds the longest wait
   * @returns false when time is up
   * @throws the signal's reason
   */
  untilGiven(account: string, milliseconds: number, signal: AbortSignal): Promise<boolean>;
}

interface Where {
  url?: string;
  device?: { url: string; code: string; expiresAt: string };
}

export function createSignIns(state: StateStore, emit: (event: UntimedEvent) => void, now: () => Date): SignIns {
  const waiting = new Map<string, Set<() => void>>();

  return {
    settle(accounts) {
      const names = new Set(accounts.map(({ name }) => name));
      for (const { name } of state.all('accounts')) if (!names.has(name)) state.remove('accounts', name);
      for (const account of accounts) {
        const own = ownSignIn(account);
        const { kind, user } = own ?? { kind: 'pass-through' as const, user: null };
        const before = state.get('accounts', account.name)?.signIn;
        if (before?.kind === kind && before.user === user) continue;
        state.set('accounts', account.name, { name: account.name, signIn: { kind, user } });
      }
    },
    need(account, reason, where = {}) {
      const row = state.get('accounts', account);
      if (!row) return;
      const { needed } = row.signIn;
      const same = needed?.reason === reason;
      if (same && needed.url === where.url && needed.device?.code === where.device?.code) return;
      const since = same ? needed.since : now().toISOString();
      state.patch('accounts', account, { signIn: { ...row.signIn, needed: { reason, since, ...where } } });
      const url = where.url ?? where.device?.url;
      emit({ event: 'sign-in-needed', account, reason, ...(url === undefined ? {} : { url }) });
    },
    needed: (account) => state.get('accounts', account)?.signIn.needed?.reason,
    given(account) {
      const row = state.get('accounts', account);
      if (!row) return;
      const { needed: _, ...signIn } = row.signIn;
      state.patch('accounts', account, { signIn });
      emit({ event: 'signed-in', account });
      for (const wake of waiting.get(account) ?? []) wake();
    },
    accepted(account) {
      const row = state.get('accounts', account);
      if (!row) return;
      const { needed: _, ...signIn } = row.signIn;
      state.patch('accounts', account, { signIn: { ...signIn, signedInAt: now().toISOString() } });
    },
    warn(account, warnings) {
      const row = state.get('accounts', account);
      if (!row) return;
      const { warnings: _, ...signIn } = row.signIn;
      state.patch('accounts', account, { signIn: warnings.length === 0 ? signIn : { ...signIn, warnings } });
    },
    untilGiven(account, milliseconds, signal) {
      const wakes = waiting.get(account) ?? new Set();
      waiting.set(account, wakes);
      return untilWoken(wakes, milliseconds, signal);
    },
  };
}
