import type { Care } from './care/care.ts';
import type { ConfigurationInForce } from './configuration-in-force.ts';
import { ownSignIn, takenBackThere } from './contract/index.ts';
import type { ProxyDependencies } from './dependencies.ts';
import { createNameTrials, type NameTrials } from './discovery/name-trial.ts';
import { createSearches, type Searches } from './discovery/searches.ts';
import type { SignIns } from './gate/sign-ins.ts';
import type { Resolve } from './net/dial.ts';
import type { JudgedFetch } from './oauth/judged-fetch.ts';
import { createLateOAuth } from './oauth/late-oauth.ts';
import type { OAuth } from './oauth/oauth.ts';
import { createPracticeTerm, type PracticeTerm } from './practice/practice-term.ts';
import { failedWhilePaused } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';
import { settleWarning } from './state/warning.ts';
import type { Revocations, TrustDesk } from './trust/decisions/trust-desk.ts';
import type { Vault } from './vault/vault.ts';
import { createWebRequest } from './web-request.ts';
import { createWithdrawals, type Withdrawals } from './withdrawals.ts';

/** Consents that expire when unused take months to: checking them twice a day is enough, in milliseconds. */
const consentRoundMilliseconds = 12 * 3_600_000;

/** The parts whose code is loaded when it is first needed; a core that only carries mail has none of it. */
export interface OnDemand {
  readonly searches: Searches;
  readonly nameTrials: NameTrials;
  readonly oauth: OAuth;
  /** Requests to web servers of the person's choice. */
  readonly fetch: JudgedFetch;
  readonly withdrawals: Withdrawals;
  readonly practice: PracticeTerm;
  /** Renews consents that would expire unused. Nothing waits for it: mail goes on meanwhile. */
  lookAfterConsents(): void;
  /** The person has asked that no connections be made: ends work that makes some. */
  pause(): void;
  /** Ends all work under way except the practice, whose sessions may still be running. */
  end(): void;
}

export interface OnDemandContext {
  /** `httpExchange`, `awaitReturn` and `dns`, supplied by the caller of the core. */
  dependencies: ProxyDependencies;
  state: StateStore;
  inForce: ConfigurationInForce;
  vault: Vault;
  signIns: SignIns;
  revocations: Revocations;
  desk: TrustDesk;
  care: Care;
  resolve: Resolve;
  now: () => Date;
  /** Whether the person has asked that no connections be made. */
  paused(): boolean;
  /** Is called for an unexpected internal error. */
  fault(error: unknown): void;
}

export function createOnDemand(context: OnDemandContext): OnDemand {
  const { dependencies, state, inForce, vault, signIns, revocations, desk, care, resolve, now, paused, fault } =
    context;
  const settings = () => inForce.current.settings;
  const connectTimeoutMilliseconds = () => settings().connectTimeoutSeconds * 1000;
  const tlsContext = () => inForce.tlsContext('');

  const searches = createSearches(async () => {
    const { createDiscoveryContext } = await import('./discovery/context.ts');
    const { httpExchange: exchange, dns } = dependencies;
    const ofTheMoment = { settings: settings(), tlsContext: tlsContext(), paused: paused() };
    return createDiscoveryContext({ resolve, exchange, dns, now, revocations, ...ofTheMoment });
  });
  const nameTrials = createNameTrials({ resolve, now, revocations, settings, tlsContext: inForce.tlsContext, paused });

  const oauthAccounts = () =>
    inForce.current.accounts.flatMap((account) => {
      const signIn = ownSignIn(account);
      return signIn?.kind === 'oauth' ? [{ ...account, signIn }] : [];
    });
  const oauth = createLateOAuth(() => {
    const { httpExchange: exchange, awaitReturn } = dependencies;
    if (!exchange || !awaitReturn) return null;
    return {
      ...{ vault, signIns, now, resolve, revocations, exchange, awaitReturn, tlsContext, paused },
      connectTimeoutMilliseconds,
      accounts: oauthAccounts,
      trying: () => ({
        ...{ desk, resolve, memory: care.memory, tlsContext: inForce.tlsContext },
        connectTimeoutMilliseconds: connectTimeoutMilliseconds(),
      }),
    };
  });
  const withdrawals = createWithdrawals(oauth.consents, (account) => {
    const warning = `The provider of “${account}” could not be told that the account is removed. Take the consent back ${takenBackThere}.`;
    settleWarning(state, warning, true);
  });
  const fetch = createWebRequest({
    ...{ resolve, now, revocations, exchange: dependencies.httpExchange, paused, tlsContext },
    timeoutMilliseconds: connectTimeoutMilliseconds,
  });

  const ending = new AbortController();
  function lookAfterConsents(): void {
    if (oauthAccounts().length > 0 && !paused()) oauth.lookAfter(ending.signal).catch(fault);
  }
  const rounds = setInterval(lookAfterConsents, consentRoundMilliseconds).unref();

  return {
    ...{ searches, nameTrials, oauth, fetch, withdrawals, lookAfterConsents },
    practice: createPracticeTerm(state, desk, fault),
    pause() {
      for (const trying of [searches, nameTrials]) trying.end(failedWhilePaused());
      oauth.consents.cancel();
    },
    end() {
      searches.end();
      nameTrials.end();
      clearInterval(rounds);
      ending.abort();
      oauth.consents.cancel();
    },
  };
}
