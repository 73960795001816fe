import type { Care } from './care/care.ts';
import type { LastSessions } from './care/last-sessions.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { loadFixedConfiguration } from './config/load.ts';
import type { ConfigurationInForce } from './configuration-in-force.ts';
import { type AccountConfiguration, type Configuration, ownSignIn, type UntimedEvent } from './contract/index.ts';
import type { AccountGates } from './gate/account-gates.ts';
import type { SignIns } from './gate/sign-ins.ts';
import type { LocalCertificate } from './local-certificate.ts';
import type { Log } from './log/log.ts';
import type { Relays } from './session/relays.ts';
import { settleAccounts, settleSecrets } from './settle-accounts.ts';
import { showRejections } from './stale-refusals.ts';
import { createTurns } from './state/in-turn.ts';
import type { StateStore } from './state/store.ts';
import type { LiveGrounds } from './trust/decisions/live-grounds.ts';
import type { TrustDesk } from './trust/decisions/trust-desk.ts';
import type { TrustStore } from './trust/decisions/trust-store.ts';
import type { Vault } from './vault/vault.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Everything that depends on the configuration, in the order in which it is told of another one. */
export interface ConfigurationChangesContext {
  inForce: ConfigurationInForce;
  grounds: LiveGrounds;
  log: Log;
  state: StateStore;
  desk: TrustDesk;
  trustStore: TrustStore;
  vault: Vault;
  withdrawals: Withdrawals;
  signIns: SignIns;
  gates: AccountGates;
  localCertificate: LocalCertificate;
  relays: Relays;
  care: Care;
  lastSessions: LastSessions;
  lookAfterConsents(): void;
  /** The file that somebody else manages; undefined where there is none. */
  fixedConfiguration: string | undefined;
  emit: (event: UntimedEvent) => void;
  fault: (error: unknown) => void;
}

export interface ConfigurationChanges {
  /** Puts the initial configuration in force: opens the listeners. */
  begin(): Promise<void>;
  /** Applies another one. @throws ConfigurationError when a file that it names is not what it should be */
  apply(next: Configuration): Promise<void>;
  /** Reads the file that somebody else manages again, and says by an event whether it is in force now. */
  reload(): Promise<void>;
}

export function createConfigurationChanges(context: ConfigurationChangesContext): ConfigurationChanges {
  const { inForce, desk, vault, signIns, relays, emit, fault } = context;

  /** @param before the accounts in force until now; none at the start */
  async function settle(before: readonly AccountConfiguration[]): Promise<void> {
    const { accounts } = inForce.current;
    // Before relays are restarted: nothing of a removed account may be left if its name comes back.
    settleAccounts(desk, context.trustStore.decisions.all(), before, accounts);
    // A locked vault or a full disk stops no mail; what is left over goes at the next start.
    await settleSecrets(vault, before, accounts, context.withdrawals.begin).catch(fault);
    signIns.settle(accounts);
    context.gates.settle(accounts);
    const signedIn = accounts.filter((account) => ownSignIn(account) !== null);
    for (const { name, signIn } of signedIn) {
      // A person who has just set it up finds out at once, not when a mail program connects.
      if (signIn?.kind === 'stored' && !vault.holds(name, 'upstream-password')) signIns.need(name, 'password-missing');
    }
    if (signedIn.length > 0) void vault.tryKey();
    await context.localCertificate.settle(inForce.current);
    await relays.reconcile(inForce.current);
    context.care.settled(inForce.current);
    showRejections(context.state, context.trustStore.decisions.all());
    context.lookAfterConsents();
  }

  async function apply(next: Configuration): Promise<void> {
    const before = inForce.current.accounts;
    await inForce.replace(next);
    relays.dropSpares();
    const { roots } = inForce.tlsContext('');
    context.grounds.withdraw('authority-removed', ({ anchor }) => anchor !== null && !roots.has(anchor));
    context.log.setLevel(next.settings.logLevel);
    await settle(before);
  }

  const inTurn = createTurns();
  async function reload(): Promise<void> {
    const file = context.fixedConfiguration;
    if (file === undefined) return;
    try {
      await inTurn(async () => {
        await apply(await loadFixedConfiguration(file));
        emit({ event: 'configuration-applied', file });
      });
    } catch (error) {
      if (error instanceof ConfigurationError) emit({ event: 'configuration-refused', file, message: error.message });
      else fault(error);
    }
  }

  async function begin(): Promise<void> {
    await settle([]);
    context.lastSessions.show();
  }

  return { begin, apply, reload };
}
