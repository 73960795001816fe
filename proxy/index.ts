/**
 * The core, put together. The parts, in the order in which they are created:
 *
 * - the **state** (`state/`) is what everyone sees: rows, revisions, changes; the **pause gate** ends attempts on a pause;
 * - **events** go to the activity (`activity.ts`), the log (`log-events.ts`), the care and the caller of the core;
 * - the **configuration in force** (`configuration-in-force.ts`) and its TLS contexts, which everything looks up at
 *   each use;
 * - the **sign-ins** (`gate/`) know what an account that Postern signs in for is waiting for;
 * - the **trust store** (`trust/decisions/`) and the **vault** (`vault/`) are the memory: decisions, and secrets;
 * - the **care** (`care/`) looks after people between failures, and remembers how the last session of each relay went;
 * - the **desk** (`trust/`) judges certificates with what is known about **revocations**, and asks people;
 * - **on demand** (`on-demand.ts`), searches (`discovery/`), OAuth (`oauth/`) and the practice (`practice/`) are loaded; the consents
 *   of removed accounts are given back there, too;
 * - the **gates** (`gate/`) let mail programs in by local passwords;
 * - the **local certificate** (`local-certificate.ts`) is what devices of the local network are shown;
 * - the **relays** (`session/relays.ts`) listen, and start a session for each connection. `session/session.ts` is where to
 *   read how one goes;
 * - **changes** of the configuration (`configuration-changes.ts`) are told to each of these in turn;
 * - the **commands** (`commands.ts`) are what people, scripts and the window can ask of all these.
 */
import { dirname, join } from 'node:path';
import { keepActivity } from './activity.ts';
import { createCare } from './care/care.ts';
import { openLastSessions } from './care/last-sessions.ts';
import { watchOwnFile } from './changed-by-hand.ts';
import { type Commands, createCommands } from './commands.ts';
import { configurationFile } from './config/load.ts';
import { openOwnFile } from './config/own-file.ts';
import { createConfigurationChanges } from './configuration-changes.ts';
import { putInForce } from './configuration-in-force.ts';
import type { Configuration, PosternEvent, UntimedEvent } from './contract/index.ts';
import type { ProxyDependencies } from './dependencies.ts';
import { createAccountGates } from './gate/account-gates.ts';
import { createSignIns } from './gate/sign-ins.ts';
import { createLocalCertificate } from './local-certificate.ts';
import { faultText } from './log/fault-text.ts';
import { logCommands } from './log-commands.ts';
import { logEvents } from './log-events.ts';
import { resolveBySystem } from './net/dial.ts';
import type { JudgedFetch } from './oauth/judged-fetch.ts';
import { createOnDemand } from './on-demand.ts';
import { createPauseGate } from './session/pause-gate.ts';
import { createRelays, drainMilliseconds } from './session/relays.ts';
import { createSilentDials } from './session/silent-dials.ts';
import { createWariness } from './session/wariness.ts';
import { everyStep } from './state/every-step.ts';
import { createStateStore, type StateStore } from './state/store.ts';
import { createLiveGrounds } from './trust/decisions/live-grounds.ts';
import { createTrustDesk } from './trust/decisions/trust-desk.ts';
import { openTrustStore } from './trust/decisions/trust-store.ts';
import { createRevocations } from './trust/revocation/revocations.ts';
import { systemKeychain } from './vault/keychain.ts';
import { openVault } from './vault/vault.ts';

export type { Commands } from './commands.ts';
export type { ProxyDependencies } from './dependencies.ts';

/** The core: relays, questions and state, without a window. */
export interface PosternCore {
  readonly state: StateStore;
  readonly commands: Commands;
  /** Opens every listener. Resolves when each is open or has reported why it cannot be. */
  start(): Promise<void>;
  /**
   * Closes the listeners at once. Clients that have connected are still served, and sessions go on, while they make
   * progress. Called again with less time, it shortens the time of those that are left; every call resolves when all is
   * over.
   *
   * @param milliseconds the longest time for a session that is signed in
   * @param arrivals the longest time until the sign-in, in milliseconds; the same by default
   */
  stop(milliseconds?: number, arrivals?: number): Promise<void>;
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
  const { fixedConfiguration, commandOptions = '' } = dependencies;
  const state = createStateStore({
    ...{ version, startedAt, paused: false, questionsDropped: 0, warnings: [] },
    ...(fixedConfiguration === undefined ? {} : { fixedConfiguration }),
    ...(commandOptions === '' ? {} : { commandOptions }),
  });
  const pause = createPauseGate(state);
  const hearers = [keepActivity(state), logEvents(log, state, now), dependencies.emit ?? (() => {})];
  const emit = (untimed: UntimedEvent) => {
    const event = { time: now().toISOString(), ...untimed } as PosternEvent;
    for (const hear of hearers) hear(event);
  };
  const fault = (error: unknown) => log.error('fault', { message: faultText(error) });

  const besideConfiguration = fixedConfiguration === undefined ? dataDirectory : dirname(fixedConfiguration);
  const inForce = await putInForce(initial, besideConfiguration);
  const signIns = createSignIns(state, emit, now);
  const settings = () => inForce.current.settings;

  const trustStore = await openTrustStore(dataDirectory, state);
  const { keychain = systemKeychain, credentialsDirectory } = dependencies;
  const vault = await openVault({ dataDirectory, keychain, credentialsDirectory }, state);
  const care = createCare(trustStore, state, emit, now);
  hearers.push(care.hear);
  const lastSessions = await openLastSessions(dataDirectory, state, now);
  const grounds = createLiveGrounds((anchor) => inForce.tlsContext('').roots.has(anchor));
  const revocations = createRevocations({
    directory: join(dataDirectory, 'crls'),
    servers: trustStore.servers,
    download: download ?? null,
    resolve,
    now,
    fault,
    mayFetch: () => settings().revocationLists && !pause.shut,
    isConfigured: inForce.names,
    onRevoked: (fingerprint) => grounds.withdraw('certificate-revoked', (held) => held.fingerprint === fingerprint),
  });
  const desk = createTrustDesk({ store: trustStore, state, emit, now, grounds, revocations });

  const onDemand = createOnDemand({
    ...{ dependencies, state, inForce, vault, signIns, revocations, desk, care, resolve, now, fault },
    paused: () => pause.shut,
  });
  const { searches, nameTrials, oauth, fetch, withdrawals, practice, lookAfterConsents } = onDemand;

  const gates = createAccountGates({
    secrets: vault,
    tokens: oauth.tokens,
    signIns,
    decisionMilliseconds: () => settings().certificateDecisionSeconds * 1000,
    now: () => performance.now(),
  });
  const localCertificate = createLocalCertificate(dataDirectory, state, now);
  const relays = createRelays({
    state,
    emit,
    now,
    pause,
    fault,
    tlsContext: inForce.tlsContext,
    session: () => ({
      commandOptions,
      desk,
      pause,
      resolve,
      memory: care.memory,
      connectTimeoutMilliseconds: settings().connectTimeoutSeconds * 1000,
      decisionMilliseconds: settings().certificateDecisionSeconds * 1000,
      trace: (session) => (log.traces ? (direction, line) => log.trace(session, direction, line) : () => {}),
    }),
    localTlsContext: localCertificate.context,
    maxConnections: () => settings().maxConnections,
    ownUserOnly: () => settings().ownUserOnly,
    wariness: createWariness(),
    silentDials: createSilentDials(),
    keepsSpares: () => settings().spareConnections,
    lastVerified: care.memory.lastVerified,
    vanishedAt: care.memory.vanishedAt,
    ...(dependencies.handed === undefined ? {} : { handed: dependencies.handed }),
    gate: gates.of,
  });
  // A spare was verified before the change: the next session is to be judged by what is in force by then.
  state.subscribe(({ table, row }) => {
    const trust = table === 'decisions' || table === 'questions' || (table === 'servers' && row === null);
    const pausing = table === 'core' && row?.paused;
    if (trust || pausing) relays.dropSpares();
    if (pausing) onDemand.pause();
  });

  const ownFile = await openOwnFile(configurationFile(dataDirectory));
  // A configuration that somebody else manages is followed, and a file of that name here does not matter.
  const stopLooking = fixedConfiguration === undefined ? watchOwnFile(ownFile, state, fault) : () => {};

  const changes = createConfigurationChanges({
    ...{
      inForce,
      grounds,
      log,
      desk,
      trustStore,
      vault,
      withdrawals,
      signIns,
      gates,
      localCertificate,
      relays,
      care,
      lastSessions,
    },
    ...{ lookAfterConsents, fixedConfiguration, emit, fault, state },
  });

  let stopped: Promise<void> | null = null;
  async function stop(milliseconds = drainMilliseconds, arrivals = milliseconds): Promise<void> {
    // Called again, it gives the sessions that are left the time of the last call.
    const everybodyLeft = relays.close({ transfers: milliseconds, arrivals });
    stopped ??= putAway(everybodyLeft);
    await Promise.all([everybodyLeft, stopped]);
  }

  async function putAway(everybodyLeft: Promise<void>): Promise<void> {
    onDemand.end();
    stopLooking();
    await everyStep([
      () => everybodyLeft,
      () => practice.end(),
      () => revocations.close(),
      () => care.close(),
      () => lastSessions.close(),
      () => trustStore.close(),
    ]);
  }

  let requestStop = () => {};
  const stopRequested = new Promise<void>((resolved) => {
    requestStop = resolved;
  });
  const commands = logCommands(
    createCommands({
      ...{ state, desk, memory: care.memory, searches, nameTrials, practice, dataDirectory, ownFile },
      ...{ version, resolve, now },
      ...{ consents: oauth.consents, withdrawals, vault, signIns, apply: changes.apply },
      paused: () => pause.shut,
      requestStop: () => requestStop(),
      configuration: () => inForce.current,
      localCertificate: () => localCertificate.certificate,
      reach: relays.reach,
      networkChanged() {
        relays.dropSpares();
        resolve.forget?.();
      },
    }),
    log,
  );

  const { begin: start, apply, reload } = changes;
  return { state, commands, start, stop, apply, reload, fetch, stopRequested };
}
