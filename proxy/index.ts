import { join } from 'node:path';
import { keepActivity } from './activity.ts';
import { createCare } from './care/care.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { readPemFiles } from './config/pem-files.ts';
import { saveConfiguration } from './config/save.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandOutputs,
  type Configuration,
  type PosternEvent,
  type Progress,
  parseListen,
  type RelayConfiguration,
  type UntimedEvent,
} from './contract/index.ts';
import type { DnsQueries } from './discovery/dns.ts';
import { createSearches } from './discovery/searches.ts';
import type { Log } from './log/log.ts';
import { logEvents } from './log-events.ts';
import { type Resolve, resolveBySystem } from './net/dial.ts';
import type { Download } from './net/download.ts';
import { freePorts } from './net/free-ports.ts';
import type { HttpGet } from './net/http-get.ts';
import { createPracticeTerm } from './practice/practice-term.ts';
import { endSessions, type Relay, type RelayContext, startRelay } from './session/relay.ts';
import type { SessionContext } from './session/session.ts';
import { clearStaleRefusals } from './stale-refusals.ts';
import { CommandFailed } from './state/command-failed.ts';
import { createStateStore, type StateStore } from './state/store.ts';
import { createTrustDesk } from './trust/decisions/trust-desk.ts';
import { openTrustStore } from './trust/decisions/trust-store.ts';
import { createRevocations } from './trust/revocation/revocations.ts';
import { createTlsContexts } from './trust/tls/secure-upstream.ts';

/** How long running transfers may go on when Postern stops, in milliseconds. */
const finishMilliseconds = 10_000;

/** How often the counts of bytes of live sessions are brought up to date, in milliseconds. */
const measureMilliseconds = 1_000;

export interface ProxyDependencies {
  /** Holds `config.json`, `trust.json` and the files that the configuration names. */
  dataDirectory: string;
  log: Log;
  version: string;
  /** Hears every event of the contract. */
  emit?: (event: PosternEvent) => void;
  /** Resolves host names; the system's resolver unless told. */
  resolve?: Resolve;
  /** Fetches lists of revoked certificates; none are fetched without it. */
  download?: Download;
  /** Speaks HTTP for the search for an address's servers; there is none without it. */
  httpGet?: HttpGet;
  /** Asked for the mail servers of a domain; the name servers of this computer unless told. */
  dns?: DnsQueries;
  now?: () => Date;
}

/** Runs a command. Rejects with `CommandFailed` for what may be expected to fail. */
export type Commands = {
  [C in CommandName]: (input: CommandInput<C>, progress?: (step: Progress<C>) => void) => Promise<CommandOutputs[C]>;
};

/** The core: relays, questions and state, without a window. */
export interface PosternCore {
  readonly state: StateStore;
  readonly commands: Commands;
  /** Opens every listener. Resolves when each is open or has said why it cannot be. */
  start(): Promise<void>;
  /** Closes the listeners at once; sessions get `milliseconds` to finish. */
  stop(milliseconds?: number): Promise<void>;
  /** Puts another configuration in force. Relays that stay the same keep their listeners and sessions. */
  apply(configuration: Configuration): Promise<void>;
  /** Resolves when the command `stop` was given. */
  readonly stopRequested: Promise<void>;
}

/**
 * Makes the core. Nothing listens before `start`.
 *
 * @param initial a checked configuration
 * @throws ConfigurationError when a file that it names is not what it should be
 */
export async function createProxy(initial: Configuration, dependencies: ProxyDependencies): Promise<PosternCore> {
  const { dataDirectory, log, version, download, resolve = resolveBySystem, now = () => new Date() } = dependencies;
  const state = createStateStore({
    version,
    startedAt: now().toISOString(),
    paused: false,
    questionsDropped: 0,
    warnings: [],
  });
  const listeners = [keepActivity(state), logEvents(log, state, now), dependencies.emit ?? (() => {})];
  const emit = (untimed: UntimedEvent) => {
    const event = { time: now().toISOString(), ...untimed } as PosternEvent;
    for (const listener of listeners) listener(event);
  };

  const care = await createCare(dataDirectory, state, emit, now);
  listeners.push(care.hear);

  let configuration = initial;
  let pemFiles = await readPemFiles(initial, dataDirectory);
  let tlsContexts = createTlsContexts(pemFiles);
  const trustStore = await openTrustStore(dataDirectory, state);
  const paused = () => state.get('core', 'core')?.paused ?? false;
  const fault = (error: unknown) =>
    log.error('fault', { message: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
  const revocations = createRevocations({
    directory: join(dataDirectory, 'crls'),
    servers: trustStore.servers,
    download: download ?? null,
    resolve,
    now,
    fault,
    mayFetch: () => configuration.settings.revocationLists && !paused(),
    isConfigured: ({ account, server, port }) =>
      configuration.accounts.some(
        ({ name, relays: list }) =>
          name === account && list.some((relay) => relay.server === server && relay.port === port),
      ),
    onRevoked(fingerprint) {
      dropSpares();
      endSessions(everyRelay(), ({ certificate }) => certificate === fingerprint, 'certificate-revoked');
    },
  });
  const desk = createTrustDesk({ store: trustStore, state, emit, now, revocations });
  const searches = createSearches(async () => {
    const { createDiscoveryContext } = await import('./discovery/context.ts');
    const { httpGet, dns } = dependencies;
    const { settings } = configuration;
    const tlsContext = tlsContexts.of('');
    return createDiscoveryContext({ resolve, httpGet, dns, now, revocations, tlsContext, settings, paused: paused() });
  });
  const practice = createPracticeTerm(state, (id) => desk.forget(id));
  const relays = new Map<string, { relay: Relay; identity: string }>();
  /** Relays that no longer listen and whose last sessions still run. */
  const draining = new Set<Relay>();
  let sessionsOpen = 0;
  let lastSession = 0;

  const relayContext: RelayContext = {
    state,
    emit,
    now,
    tlsContext: (relay) => tlsContexts.of(relay),
    session: (): SessionContext => ({
      desk,
      resolve,
      memory: care.memory,
      connectTimeoutMilliseconds: configuration.settings.connectTimeoutSeconds * 1000,
      decisionMilliseconds: configuration.settings.certificateDecisionSeconds * 1000,
      ownUserOnly: configuration.settings.ownUserOnly,
      trace: (session) => (log.traces ? (direction, line) => log.trace(session, direction, line) : () => {}),
    }),
    admit() {
      if (sessionsOpen >= configuration.settings.maxConnections) return false;
      sessionsOpen += 1;
      return true;
    },
    leave() {
      sessionsOpen -= 1;
    },
    paused,
    keepsSpares: () => configuration.settings.spareConnections,
    lastVerified: care.memory.lastVerified,
    nextSessionId() {
      lastSession += 1;
      return `s${lastSession}`;
    },
    fault,
  };
  const everyRelay = () => [...[...relays.values()].map(({ relay }) => relay), ...draining];
  const dropSpares = () => {
    for (const relay of everyRelay()) relay.dropSpare();
  };
  desk.onForgotten((decision) =>
    endSessions(everyRelay(), (session) => session.decision === decision, 'decision-forgotten'),
  );

  // A spare was verified before the change: what comes next is judged by what is in force then.
  state.subscribe(({ table, row }) => {
    const trust = table === 'decisions' || table === 'questions' || (table === 'servers' && row === null);
    if (trust || (table === 'core' && row?.paused)) dropSpares();
  });

  const measure = setInterval(() => {
    for (const relay of everyRelay()) for (const session of relay.sessions()) session.measure();
  }, measureMilliseconds);
  measure.unref();

  /** Brings the relays in line with the configuration in force. */
  async function reconcile(): Promise<void> {
    const wanted = new Map(
      configuration.accounts.flatMap(({ name: account, relays: list }) =>
        list.map((relay) => [relay.name, { account, relay }] as const),
      ),
    );
    const outdated = [...relays].filter(([name, { identity }]) => identity !== identityOf(wanted.get(name)));
    await Promise.all(outdated.map(([, { relay }]) => relay.close()));
    for (const [name, { relay }] of outdated) {
      relays.delete(name);
      if (!wanted.has(name)) state.remove('relays', name);
      draining.add(relay);
      void relay.finish(finishMilliseconds).finally(() => draining.delete(relay));
    }
    for (const [name, entry] of wanted) {
      if (relays.has(name)) continue;
      relays.set(name, { relay: startRelay(entry.account, entry.relay, relayContext), identity: identityOf(entry) });
    }
    await Promise.all([...relays.values()].map(({ relay }) => relay.settled));
    care.settled(configuration);
  }

  async function apply(next: Configuration): Promise<void> {
    pemFiles = await readPemFiles(next, dataDirectory);
    tlsContexts = createTlsContexts(pemFiles);
    configuration = next;
    dropSpares();
    log.setLevel(next.settings.logLevel);
    await reconcile();
  }

  async function stop(milliseconds = finishMilliseconds): Promise<void> {
    clearInterval(measure);
    searches.end();
    await Promise.all(everyRelay().map((relay) => relay.close()));
    await Promise.all(everyRelay().map((relay) => relay.finish(milliseconds)));
    await practice.end();
    await revocations.close();
    await trustStore.close();
    await care.close();
  }

  /** Changes of the configuration come one after the other: each builds on what the one before has left. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  /** Saves a configuration and puts it in force. @throws CommandFailed; the old one stands then */
  async function configure(next: Configuration): Promise<void> {
    const { lasting, practising } = practice.separate(next);
    try {
      const saved = await saveConfiguration(dataDirectory, lasting);
      await apply(practising ? { ...saved, accounts: [practising] } : saved);
      if (!practising) await practice.end();
    } catch (error) {
      if (error instanceof ConfigurationError) throw new CommandFailed('bad-input', error.message, { cause: error });
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new CommandFailed('failed', `The configuration could not be saved (${code}).`, { cause: error });
    }
  }

  let requestStop = () => {};
  const stopRequested = new Promise<void>((resolved) => {
    requestStop = resolved;
  });

  const commands: Commands = {
    approve: async ({ id, remember }) => desk.approve(id, remember),
    reject: async ({ id }) => desk.reject(id),
    forget: async ({ id }) => ({ forgotten: await desk.forget(id) }),
    async pause() {
      state.patch('core', 'core', { paused: true });
      return null;
    },
    async resume() {
      state.patch('core', 'core', { paused: false });
      return null;
    },
    configuration: async () => configuration,
    async configure({ configuration: next }) {
      await inTurn(() => configure(next));
      return null;
    },
    discover: (input, progress) => searches.run(input, progress),
    async cancelDiscovery({ search }) {
      searches.cancel(search);
      return null;
    },
    addAccount: (input) =>
      inTurn(async () => {
        const { planAccount } = await import('./discovery/account.ts');
        const { accounts } = configuration;
        const account = await planAccount(input, accounts, (kinds) => freePorts(kinds, configuredPorts(configuration)));
        await configure({ ...configuration, accounts: [...accounts, account] });
        return { account };
      }),
    async check(input, progress) {
      const { check } = await import('./check/check.ts');
      return check(input, { state, configuration, resolve, now }, progress);
    },
    async startPractice() {
      if (!practice.running && configuration.accounts.length > 0) {
        throw new CommandFailed(
          'failed',
          'There is an account already; the practice account is for a start without one.',
        );
      }
      await apply({ ...configuration, accounts: [await practice.begin()] });
      // Between the look for free ports and the listening another program may have taken one.
      const failed = state
        .all('relays')
        .some(({ listeners }) => listeners.some(({ status }) => status.kind === 'failed'));
      const elsewhere = failed ? practice.anywhere() : null;
      if (elsewhere) await apply({ ...configuration, accounts: [elsewhere] });
      return null;
    },
    freePorts: async ({ protocols }) => ({ ports: await freePorts(protocols, configuredPorts(configuration)) }),
    async networkChanged() {
      dropSpares();
      resolve.forget?.();
      clearStaleRefusals(state);
      return null;
    },
    async diagnostics() {
      const { collectDiagnostics } = await import('./diagnostics/bundle.ts');
      return collectDiagnostics({ state, configuration, dataDirectory, version, now });
    },
    async stop() {
      requestStop();
      return null;
    },
  };

  return { state, commands, start: reconcile, stop, apply, stopRequested };
}

/** What makes a relay another one: any difference in its configuration or account. */
function identityOf(entry: { account: string; relay: RelayConfiguration } | undefined): string {
  return JSON.stringify(entry);
}

function configuredPorts(configuration: Configuration): Set<number> {
  const listens = configuration.accounts.flatMap(({ relays }) => relays.map(({ listen }) => listen));
  return new Set(listens.flatMap((listen) => parseListen(listen) ?? []).map(({ port }) => port));
}
