/**
 * The core, put together. The parts, in the order in which they are created:
 *
 * - the **state** (`state/`) is what everyone sees: rows, revisions, changes;
 * - **events** go to the activity (`activity.ts`), the log (`log-events.ts`), the care and the caller of the core;
 * - the **configuration in force** (`configuration-in-force.ts`) and its TLS contexts, which everything looks up at
 *   each use;
 * - the **vault** (`vault/`) keeps what Postern signs in with, for the accounts that it signs in for; the **sign-ins**
 *   (`gate/`) know what such an account is waiting for;
 * - the **desk** (`trust/`) judges certificates with what is known about **revocations**, and asks people;
 * - the **relays** (`session/relays.ts`) listen, and start a session for each connection. `session/session.ts` is where to
 *   read how one goes;
 * - **searches** (`discovery/`) and the **practice** (`practice/`) are loaded when they are first asked for;
 * - the **commands** (`commands.ts`) are what people, scripts and the window can ask of all these.
 */
import { dirname, join } from 'node:path';
import { keepActivity } from './activity.ts';
import { createCare } from './care/care.ts';
import { type Commands, createCommands } from './commands.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { loadFixedConfiguration } from './config/load.ts';
import { putInForce } from './configuration-in-force.ts';
import {
  type AccountConfiguration,
  type Configuration,
  ownSignIn,
  type PosternEvent,
  type UntimedEvent,
} from './contract/index.ts';
import type { DnsQueries } from './discovery/dns.ts';
import { createNameTrials } from './discovery/name-trial.ts';
import { createSearches } from './discovery/searches.ts';
import { createAccountGates } from './gate/account-gates.ts';
import { createSignIns } from './gate/sign-ins.ts';
import type { Log } from './log/log.ts';
import { logEvents } from './log-events.ts';
import { type Resolve, resolveBySystem } from './net/dial.ts';
import type { Download } from './net/download.ts';
import type { HandedSockets } from './net/handed-sockets.ts';
import type { HttpExchange } from './net/http-exchange.ts';
import type { HttpGet } from './net/http-get.ts';
import type { JudgedFetch } from './oauth/judged-fetch.ts';
import { createLateOAuth } from './oauth/late-oauth.ts';
import type { AwaitReturn } from './oauth/return-address.ts';
import { createPracticeTerm } from './practice/practice-term.ts';
import { createPauseGate } from './session/pause-gate.ts';
import { createRelays, drainMilliseconds } from './session/relays.ts';
import { createSilentDials } from './session/silent-dials.ts';
import { createWariness } from './session/wariness.ts';
import { settleAccounts, settleSecrets } from './settle-accounts.ts';
import { failedWhilePaused } from './state/command-failed.ts';
import { createStateStore, type StateStore } from './state/store.ts';
import { createLiveGrounds } from './trust/decisions/live-grounds.ts';
import { createTrustDesk } from './trust/decisions/trust-desk.ts';
import { openTrustStore } from './trust/decisions/trust-store.ts';
import { createRevocations } from './trust/revocation/revocations.ts';

import { type Keychain, systemKeychain } from './vault/keychain.ts';
import { openVault } from './vault/vault.ts';
import { createWebRequest } from './web-request.ts';
import { createWithdrawals } from './withdrawals.ts';

export type { Commands } from './commands.ts';

export interface ProxyDependencies {
  /** Holds `config.json`, `trust.json` and the files that the configuration names. */
  dataDirectory: string;
  /**
   * A configuration file that somebody else manages: it is never written, and the files that it names are beside it.
   */
  fixedConfiguration?: string;
  /** Listening sockets that the system opened for relays. */
  handed?: HandedSockets;
  log: Log;
  version: string;
  /** Receives every event of the contract. */
  emit?: (event: PosternEvent) => void;
  /** Resolves host names; the system's resolver by default. */
  resolve?: Resolve;
  /** Fetches lists of revoked certificates; without it, none are fetched. */
  download?: Download;
  /** Speaks HTTP for the search for an address's servers; without it, there is none. */
  httpGet?: HttpGet;
  /** Speaks HTTP to the issuers of consents, and waits for the browser to return; no consent without both. */
  httpExchange?: HttpExchange;
  awaitReturn?: AwaitReturn;
  /** Asked for the mail servers of a domain; this computer's name servers by default. */
  dns?: DnsQueries;
  /** Keeps the key of the vault; the system's own by default. */
  keychain?: Keychain;
  /** Where systemd puts the credentials of this service (`$CREDENTIALS_DIRECTORY`). */
  credentialsDirectory?: string | undefined;
  now?: () => Date;
}

/** Consents that expire when unused take months to: checking them twice a day is enough, in milliseconds. */
const consentRoundMilliseconds = 12 * 3_600_000;

/** The core: relays, questions and state, without a window. */
export interface PosternCore {
  readonly state: StateStore;
  readonly commands: Commands;
  /** Opens every listener. Resolves when each is open or has reported why it cannot be. */
  start(): Promise<void>;
  /** Closes the listeners at once; sessions get `milliseconds` to finish. */
  stop(milliseconds?: number): Promise<void>;
  /** Applies another configuration. Relays that stay the same keep their listeners and sessions. */
  apply(configuration: Configuration): Promise<void>;
  /**
   * Re-reads the configuration that somebody else manages: afterwards either all of it is in force, or what was before.
   * An event says which. Calls run one after another.
   */
  reload(): Promise<void>;
  /** Sends a request to a web server of the person's choice, which is verified by the rules alone. */
  readonly fetch: JudgedFetch;
  /** Resolves when the command `stop` is given. */
  readonly stopRequested: Promise<void>;
}

/**
 * Creates the core. Nothing listens before `start`.
 *
 * @param initial a checked configuration
 * @throws ConfigurationError when a file that it names is not what it should be
 */
export async function createProxy(initial: Configuration, dependencies: ProxyDependencies): Promise<PosternCore> {
  const { dataDirectory, log, version, download, resolve = resolveBySystem, now = () => new Date() } = dependencies;
  const startedAt = now().toISOString();
  const { fixedConfiguration } = dependencies;
  const state = createStateStore({
    ...{ version, startedAt, paused: false, questionsDropped: 0, warnings: [] },
    ...(fixedConfiguration === undefined ? {} : { fixedConfiguration }),
  });
  const pause = createPauseGate(state);
  const listeners = [keepActivity(state), logEvents(log, state, now), dependencies.emit ?? (() => {})];
  const emit = (untimed: UntimedEvent) => {
    const event = { time: now().toISOString(), ...untimed } as PosternEvent;
    for (const listener of listeners) listener(event);
  };
  const fault = (error: unknown) =>
    log.error('fault', { message: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });

  const besideConfiguration = fixedConfiguration === undefined ? dataDirectory : dirname(fixedConfiguration);
  const inForce = await putInForce(initial, besideConfiguration);
  const signIns = createSignIns(state, emit, now);
  const settings = () => inForce.current.settings;

  const trustStore = await openTrustStore(dataDirectory, state);
  const { keychain = systemKeychain, credentialsDirectory } = dependencies;
  const vault = await openVault({ dataDirectory, keychain, credentialsDirectory }, state);
  const care = createCare(trustStore, state, emit, now);
  listeners.push(care.hear);
  const revocations = createRevocations({
    directory: join(dataDirectory, 'crls'),
    servers: trustStore.servers,
    download: download ?? null,
    resolve,
    now,
    fault,
    mayFetch: () => settings().revocationLists && !pause.shut,
    isConfigured: inForce.names,
    onRevoked(fingerprint) {
      relays.dropSpares();
      grounds.withdraw('certificate-revoked', (held) => held.fingerprint === fingerprint);
    },
  });
  const grounds = createLiveGrounds((anchor) => inForce.tlsContext('').roots.has(anchor));
  const desk = createTrustDesk({ store: trustStore, state, emit, now, grounds, revocations });

  const gates = createAccountGates({
    secrets: vault,
    tokens: {
      current: (...asked) => oauth.tokens.current(...asked),
      renewed: (...asked) => oauth.tokens.renewed(...asked),
      keepAlive: (...asked) => oauth.tokens.keepAlive(...asked),
    },
    signIns,
    decisionMilliseconds: () => settings().certificateDecisionSeconds * 1000,
    now: () => performance.now(),
  });
  const relays = createRelays({
    state,
    emit,
    now,
    pause,
    fault,
    tlsContext: inForce.tlsContext,
    session: () => ({
      desk,
      pause,
      resolve,
      memory: care.memory,
      connectTimeoutMilliseconds: settings().connectTimeoutSeconds * 1000,
      decisionMilliseconds: settings().certificateDecisionSeconds * 1000,
      trace: (session) => (log.traces ? (direction, line) => log.trace(session, direction, line) : () => {}),
    }),
    maxConnections: () => settings().maxConnections,
    ownUserOnly: () => settings().ownUserOnly,
    wariness: createWariness(),
    silentDials: createSilentDials(),
    keepsSpares: () => settings().spareConnections,
    lastVerified: care.memory.lastVerified,
    ...(dependencies.handed === undefined ? {} : { handed: dependencies.handed }),
    gate: gates.of,
  });
  // A spare was verified before the change: what comes next is judged by what is in force by then.
  state.subscribe(({ table, row }) => {
    const trust = table === 'decisions' || table === 'questions' || (table === 'servers' && row === null);
    const pausing = table === 'core' && row?.paused;
    if (trust || pausing) relays.dropSpares();
    if (pausing) {
      for (const trying of [searches, nameTrials]) trying.end(failedWhilePaused());
      oauth.consents.cancel();
    }
  });

  const searches = createSearches(async () => {
    const { createDiscoveryContext } = await import('./discovery/context.ts');
    const { httpGet, dns } = dependencies;
    const ofTheMoment = { settings: settings(), tlsContext: inForce.tlsContext(''), paused: pause.shut };
    return createDiscoveryContext({ resolve, httpGet, dns, now, revocations, ...ofTheMoment });
  });
  const nameTrials = createNameTrials({
    ...{ resolve, now, revocations, settings },
    tlsContext: inForce.tlsContext,
    paused: () => pause.shut,
  });
  const oauthAccounts = () =>
    inForce.current.accounts.flatMap((account) => {
      const signIn = ownSignIn(account);
      return signIn?.kind === 'oauth' ? [{ ...account, signIn }] : [];
    });
  const oauth = createLateOAuth(() => {
    const { httpExchange: exchange, awaitReturn } = dependencies;
    if (!exchange || !awaitReturn) return null;
    return {
      ...{ vault, signIns, now, resolve, revocations, exchange, awaitReturn },
      tlsContext: () => inForce.tlsContext(''),
      connectTimeoutMilliseconds: () => settings().connectTimeoutSeconds * 1000,
      accounts: oauthAccounts,
      paused: () => pause.shut,
      trying: () => ({
        ...{ desk, resolve, memory: care.memory, tlsContext: inForce.tlsContext },
        connectTimeoutMilliseconds: settings().connectTimeoutSeconds * 1000,
      }),
    };
  });
  const fetch = createWebRequest({
    ...{ resolve, now, revocations, exchange: dependencies.httpExchange, paused: () => pause.shut },
    tlsContext: () => inForce.tlsContext(''),
    timeoutMilliseconds: () => settings().connectTimeoutSeconds * 1000,
  });
  const withdrawals = createWithdrawals(oauth.consents, (account) => {
    const warning = `The provider of “${account}” could not be told that the account is removed. Take the consent back on the provider’s own page, under “apps with access” or “security”.`;
    const warnings = state.get('core', 'core')?.warnings ?? [];
    if (!warnings.includes(warning)) state.patch('core', 'core', { warnings: [...warnings, warning] });
  });
  const practice = createPracticeTerm(state, desk, fault);

  /** @param before the accounts in force until now; none at the start */
  async function settle(before: readonly AccountConfiguration[] = []): Promise<void> {
    // Before relays are restarted: whatever rested on a removed account must be gone if its name comes back.
    settleAccounts(desk, trustStore.decisions.all(), before, inForce.current.accounts);
    // A locked vault or a full disk stops no mail; what is left over goes at the next start.
    await settleSecrets(vault, before, inForce.current.accounts, withdrawals.begin).catch(fault);
    signIns.settle(inForce.current.accounts);
    gates.settle(inForce.current.accounts);
    const signedIn = inForce.current.accounts.filter((account) => ownSignIn(account) !== null);
    for (const { name, signIn } of signedIn) {
      // A person who has just set it up finds out at once, not when a mail program connects.
      if (signIn?.kind === 'stored' && !vault.holds(name, 'upstream-password')) signIns.need(name, 'password-missing');
    }
    if (signedIn.length > 0) void vault.tryKey();
    await relays.reconcile(inForce.current);
    care.settled(inForce.current);
    lookAfterConsents();
  }

  /** Nothing waits for it: mail goes on meanwhile. */
  function lookAfterConsents(): void {
    if (oauthAccounts().length > 0 && !pause.shut) oauth.lookAfter(stopping.signal).catch(fault);
  }
  const stopping = new AbortController();
  const rounds = setInterval(lookAfterConsents, consentRoundMilliseconds).unref();

  async function apply(next: Configuration): Promise<void> {
    const before = inForce.current.accounts;
    await inForce.replace(next);
    relays.dropSpares();
    const { roots } = inForce.tlsContext('');
    grounds.withdraw('authority-removed', ({ anchor }) => anchor !== null && !roots.has(anchor));
    log.setLevel(next.settings.logLevel);
    await settle(before);
  }

  let reloading: Promise<void> = Promise.resolve();
  function reload(): Promise<void> {
    const file = fixedConfiguration;
    if (file === undefined) return Promise.resolve();
    reloading = reloading
      .then(async () => {
        await apply(await loadFixedConfiguration(file));
        emit({ event: 'configuration-applied', file });
      })
      .catch((error: unknown) => {
        if (error instanceof ConfigurationError) emit({ event: 'configuration-refused', file, message: error.message });
        else fault(error);
      });
    return reloading;
  }

  async function stop(milliseconds = drainMilliseconds): Promise<void> {
    searches.end();
    nameTrials.end();
    clearInterval(rounds);
    stopping.abort();
    oauth.consents.cancel();
    await relays.close(milliseconds);
    await practice.end();
    await revocations.close();
    care.close();
    await trustStore.close();
  }

  let requestStop = () => {};
  const stopRequested = new Promise<void>((resolved) => {
    requestStop = resolved;
  });
  const commands = createCommands({
    ...{
      state,
      desk,
      memory: care.memory,
      searches,
      nameTrials,
      practice,
      dataDirectory,
      version,
      resolve,
      now,
      apply,
    },
    consents: oauth.consents,
    withdrawals,
    vault,
    signIns,
    paused: () => pause.shut,
    requestStop: () => requestStop(),
    configuration: () => inForce.current,
    networkChanged() {
      relays.dropSpares();
      resolve.forget?.();
    },
  });

  return { state, commands, start: () => settle(), stop, apply, reload, fetch, stopRequested };
}
