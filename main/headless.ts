import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDataDirectory, refuseSharedFolder } from '../proxy/config/data-directory.ts';
import { configurationFile, loadConfiguration, loadFixedConfiguration } from '../proxy/config/load.ts';
import type { Configuration, PosternApi, PosternEvent } from '../proxy/contract/index.ts';
import { createProxy, type PosternCore } from '../proxy/index.ts';
import { faultText } from '../proxy/log/fault-text.ts';
import { createLog } from '../proxy/log/log.ts';
import type { HandedSockets } from '../proxy/net/handed-sockets.ts';
import { everyStep } from '../proxy/state/every-step.ts';
import type { StateStore } from '../proxy/state/store.ts';
import { createCoreApi } from './core-api.ts';
import type { LoopbackHttp } from './http/server.ts';

export interface HeadlessOptions {
  /** Absolute path. Created if missing. */
  dataDirectory: string;
  /**
   * A configuration file that somebody else manages: read, never written. By default `config.json` in the data directory.
   */
  fixedConfiguration?: string;
  /** What suggested commands need to reach this core. */
  commandOptions?: string;
  /** Listening sockets that the system opened for relays. */
  handed?: HandedSockets;
  version: string;
  /** The built window's folder; null to serve no window. */
  windowDirectory: string | null;
  /** Port of the window; any free one by default. */
  windowPort?: number;
  /** Starts the practice account if no other is configured; `if-new`: only if nothing was ever configured. */
  practice?: 'yes' | 'if-new';
  /**
   * Awaited once nothing is left that could refuse the start, and before anything listens for mail programs; receives a
   * function that logs connections that were cut.
   */
  accepted?: (report: (at: string, count: number) => void) => Promise<void>;
  /** True for one that a command starts for itself: whoever wants to stay waits for its end. */
  brief?: boolean;
  /** Told once of a command, by its process, that has the data directory for a while: the start waits for its end. */
  waits?: (pid: number) => void;
  /** False for one that nobody can answer: sessions do not wait for a decision about a certificate. */
  holds?: boolean;
  /** Called with every event of the contract, including `ready`. */
  emit: (event: PosternEvent) => void;
}

/** A core without Electron. */
export interface Headless {
  readonly configuration: Configuration;
  readonly api: PosternApi;
  readonly state: StateStore;
  /** The file that the configuration is from. */
  readonly configurationFile: string;
  /** See `PosternCore.fetch`. */
  readonly fetch: PosternCore['fetch'];
  /** The link that opens the window once; null when there is none. */
  readonly window: string | null;
  /** Creates another link to the window; null when there is none. */
  windowLink(): string | null;
  /** Whether a window of an earlier run has come back by itself, or does so within this many milliseconds. */
  windowBack(within: number): Promise<boolean>;
  /** Resolves when someone gives the command `stop`. */
  readonly stopRequested: Promise<void>;
  /** Reads a fixed configuration again; see `PosternCore.reload`. */
  reload(): Promise<void>;
  /** Logs an internal error. @param error or whatever is known about it */
  fault(error: unknown): void;
  /**
   * Closes the listeners at once, and the rest after sessions have had `milliseconds` to finish, and clients that are
   * not signed in yet `arrivals` milliseconds. Called again with less time, it shortens the time of those that are
   * left.
   */
  stop(milliseconds?: number, arrivals?: number): Promise<void>;
}

/**
 * Assembles a core and starts it: configuration, log, the claim to the data directory, relays, loopback HTTP.
 *
 * @throws {ConfigurationError} what is wrong with `config.json`
 * @throws {UnusableDirectory} the data directory
 * @throws {AlreadyRunning} another core has it
 * @throws the system's error when the window's port is taken
 */
export async function startHeadless(options: HeadlessOptions): Promise<Headless> {
  const { dataDirectory, version, windowDirectory, windowPort = 0, emit } = options;
  await refuseSharedFolder(dataDirectory, options.fixedConfiguration);
  await prepareDataDirectory(dataDirectory);
  const isNew = options.practice === 'if-new' && !(await exists(configurationFile(dataDirectory)));
  const { fixedConfiguration } = options;
  const loaded =
    fixedConfiguration === undefined
      ? await loadConfiguration(dataDirectory)
      : await loadFixedConfiguration(fixedConfiguration);
  const configuration = options.holds === false ? withoutHolding(loaded) : loaded;
  const log = createLog({ directory: join(dataDirectory, 'logs'), level: configuration.settings.logLevel });
  const undo: (() => Promise<void>)[] = [() => log.close()];
  try {
    // Claim the data directory before touching anything in it: another core may be writing there.
    const [{ openLoopbackHttp }, { claimDataDirectory }, { countStrangers }] = await Promise.all([
      import('./http/server.ts'),
      import('./http/control-file.ts'),
      import('./http/strangers.ts'),
    ]);
    const strangers = countStrangers((count) => log.warn('strangers-cut', { at: 'control and window port', count }));
    const http = await openLoopbackHttp({ port: windowPort, windowDirectory, stranger: strangers.note });
    undo.unshift(() => http.close());
    undo.unshift(async () => strangers.end());
    const { bearer: token, proof } = http.keys;
    const brief = options.brief === true ? { brief: true as const } : {};
    const control = { port: http.port, token, proof, pid: process.pid, ...brief };
    undo.unshift(await claimDataDirectory(dataDirectory, control, options.waits));

    const proxy = await createProxy(configuration, {
      dataDirectory,
      ...(fixedConfiguration === undefined ? {} : { fixedConfiguration }),
      ...(options.handed === undefined ? {} : { handed: options.handed }),
      ...(options.commandOptions === undefined ? {} : { commandOptions: options.commandOptions }),
      log,
      version,
      emit,
      credentialsDirectory: process.env.CREDENTIALS_DIRECTORY,
      // Most starts fetch nothing.
      download: async (url, limits) => (await import('./download.ts')).download(url, limits),
      httpExchange: async (connection, question) =>
        (await import('./http-exchange.ts')).httpExchange(connection, question),
      awaitReturn: async (place, hear) => (await import('./return-address.ts')).awaitReturn(place, hear),
    });
    const fault = (error: unknown) => log.error('fault', { message: faultText(error) });
    const api = createCoreApi(proxy.state, proxy.commands, fault);
    http.serve(api);

    log.info('start', { version, node: process.version, system: process.platform });
    undo.unshift(() => proxy.stop(0));
    await options.accepted?.((at, count) => log.warn('connections-cut', { at, count }));
    if (configuration.accounts.length === 0 && (isNew || options.practice === 'yes')) {
      await proxy.commands.startPractice({});
    }
    await proxy.start();
    undo.shift();
    const led = windowDirectory === null ? null : await leadWindows(http, dataDirectory, strangers.note);
    if (led) undo.unshift(led.end);
    let stopped: Promise<void> | null = null;
    const putAway = async (ended: Promise<void>) => {
      await everyStep([() => ended, () => log.info('stop'), ...undo]);
    };
    const window = http.windowLink();
    const failed = relaysThatFailed(proxy.state);
    log.info('ready');
    emit({
      time: new Date().toISOString(),
      event: 'ready',
      ...(window === null ? {} : { window }),
      ...(failed.length === 0 ? {} : { failed }),
    });
    return {
      configuration,
      api,
      state: proxy.state,
      configurationFile: fixedConfiguration ?? configurationFile(dataDirectory),
      fetch: proxy.fetch,
      window,
      windowLink: http.windowLink,
      windowBack: async (within) => (await led?.windowBack(within)) ?? false,
      stopRequested: proxy.stopRequested,
      reload: proxy.reload,
      fault,
      stop(milliseconds, arrivals) {
        const ended = proxy.stop(milliseconds, arrivals);
        stopped ??= putAway(ended);
        return stopped;
      },
    };
  } catch (error) {
    // The caller is told why it could not start; this error is secondary.
    await everyStep(undo).catch(() => {});
    throw error;
  }
}

/**
 * Lets windows of earlier runs find this one, and windows of this run the next.
 *
 * @returns whether one comes back, and a function that ends it
 */
async function leadWindows(http: LoopbackHttp, dataDirectory: string, stranger: () => void) {
  const [{ readEarlierRuns }, { listenAtOldPorts }] = await Promise.all([
    import('./http/earlier-runs.ts'),
    import('./http/old-ports.ts'),
  ]);
  const earlier = await readEarlierRuns({ dataDirectory, port: http.port, link: () => http.windowLink() ?? '' });
  http.lead(earlier);
  const end = await listenAtOldPorts(earlier, http.port, stranger);
  return { windowBack: earlier.windowBack, end: async () => end() };
}

function withoutHolding(configuration: Configuration): Configuration {
  return { ...configuration, settings: { ...configuration.settings, certificateDecisionSeconds: 0 } };
}

/** The names of relays with a listener that is not up. Each was reported as `relay-failed`, and is retried. */
function relaysThatFailed(state: StateStore): string[] {
  return state
    .all('relays')
    .filter(({ listeners }) => listeners.some(({ status }) => status.kind !== 'listening'))
    .map(({ name }) => name);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
