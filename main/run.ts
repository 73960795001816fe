import { existsSync } from 'node:fs';
import { dataDirectoryPath, prepareDataDirectory, refuseSharedFolder } from '../proxy/config/data-directory.ts';
import { configurationFile } from '../proxy/config/load.ts';
import { inGroups, type PosternEvent } from '../proxy/contract/index.ts';
import { readArguments, readPort } from './cli/arguments.ts';
import { type Command, CommandProblem, type ExitCode, UsageError } from './cli/command.ts';
import { commandOptions } from './cli/command-options.ts';
import { eventLine, newListenerLine } from './cli/event-line.ts';
import { joinedFailures } from './cli/failed-listeners.ts';
import { readPlace } from './cli/run-place.ts';
import { hearSignals, type Signals } from './cli/signals.ts';
import { startLines } from './cli/start-lines.ts';
import { waitsFor } from './cli/with-core.ts';
import { keepCompiledCode } from './compiled-code.ts';
import type { Headless } from './headless.ts';
import { opener, openInBrowser } from './open-browser.ts';
import type { Output } from './output.ts';
import type { Service } from './service/service.ts';

const help = [
  'postern run: lets mail programs on this computer use their mail servers, until you stop it.',
  '',
  'Usage: postern run [--data-dir FOLDER | --config FILE --state FOLDER] [--json]',
  '                   [--no-window | --no-open] [--window-port PORT]',
  '                   [--practice | --practice-if-new] [--metrics ADDRESS:PORT | --metrics PATH]',
  '',
  '  --data-dir FOLDER    where config.json and everything else that Postern keeps is',
  '  --config FILE        a configuration that is never written; it is read again when it changes, and on SIGHUP',
  '  --state FOLDER       with --config: where everything else is kept, such as decisions and logs',
  '  --json               one line of JSON for each event, and nothing else, on standard output',
  '  --no-window          serve no window in the browser',
  '  --no-open            do not open the window; in a terminal on a desktop the browser opens it otherwise',
  '  --window-port PORT   port of the window on this computer; by default, any free one',
  '  --practice           if there is no account yet: one to practise with, on a mail server inside Postern',
  '  --practice-if-new    the same, but only if Postern was never used before',
  '  --metrics WHERE      health and metrics over HTTP on this address and port, or Unix socket: /healthz, /metrics',
  '',
  'Stop it with Ctrl+C. Transfers under way get 10 seconds; a second Ctrl+C stops at once.',
];

const options = {
  config: { type: 'string' },
  state: { type: 'string' },
  json: { type: 'boolean' },
  'no-window': { type: 'boolean' },
  'no-open': { type: 'boolean' },
  'window-port': { type: 'string' },
  practice: { type: 'boolean' },
  'practice-if-new': { type: 'boolean' },
  metrics: { type: 'string' },
} as const;

export const command: Command = {
  help,
  async run({ args, output, version, windowDirectory }) {
    const { values } = readArguments(args, options);
    const window = values['no-window'] !== true;
    const windowPort =
      values['window-port'] === undefined ? undefined : readPort(values['window-port'], '--window-port');
    if (!window && windowPort !== undefined)
      throw new UsageError('--window-port and --no-window cannot be used together.');
    const place = readPlace(values);
    const practice = values.practice === true ? 'yes' : values['practice-if-new'] === true ? 'if-new' : undefined;
    const elsewhere = commandOptions(place.state);
    const say = await speaker(values.json === true, output, elsewhere);
    const signals = hearSignals(place.config !== undefined, (line) => output.complain(line));
    const dataDirectory = await dataDirectoryPath(place.state);
    // The cache of compiled code may be in the data directory (a container): whose that is, is seen before.
    await refuseSharedFolder(dataDirectory, place.config);
    await prepareDataDirectory(dataDirectory);
    await keepCompiledCode();
    const { startHeadless } = await import('./headless.ts');
    const watched =
      values.metrics === undefined ? null : (await import('./metrics/watched.ts')).watchedAt(values.metrics, version);
    const service = await serviceOf(place.config, output);
    const running = await startHeadless({
      dataDirectory,
      commandOptions: elsewhere,
      waits: (pid) => output.complain(waitsFor(pid)),
      version,
      windowDirectory: window ? windowDirectory : null,
      ...(place.config === undefined ? {} : { fixedConfiguration: place.config }),
      ...(service?.handed ? { handed: service.handed } : {}),
      ...(windowPort === undefined ? {} : { windowPort }),
      ...(practice === undefined ? {} : { practice }),
      ...(watched === null ? {} : { accepted: watched.open }),
      emit(event) {
        watched?.hear(event);
        say.event(event);
      },
    }).catch(async (error: NodeJS.ErrnoException) => {
      await watched?.close();
      if (error.name === 'AlreadyRunning') {
        throw new CommandProblem(error.message, [`To open its window: postern window${elsewhere}`]);
      }
      throw windowPortProblem(error, windowPort) ?? error;
    });
    const practising = running.state.get('core', 'core')?.practice ?? null;
    if (values.practice === true && practising === null) {
      output.complain('There is already an account, so there is no practice account.');
    }
    say.started(startLines(running.state.all('relays'), version, running.window, dataDirectory, practising, elsewhere));
    const { warnings = [] } = running.state.get('core', 'core') ?? {};
    output.complain(...warnings.map((warning) => `Warning: ${warning}`));
    const opens = values.json !== true && values['no-open'] !== true && process.stdout.isTTY;
    const opening = opens ? openWindow(running, output) : null;
    watched?.ready(running.state);
    if (place.config !== undefined && existsSync(configurationFile(dataDirectory))) {
      output.complain(`There is a config.json in ${dataDirectory}, too. It is not read: ${place.config} is.`);
    }
    const { notifyPeople } = await import('./notify/notify.ts');
    const notifier = await notifyPeople(running, dataDirectory, (line) => output.complain(line));
    await service?.ready(running, signals);
    const code = await untilStopped(running, signals, output, [watched, service, notifier, opening]);
    await say.flush?.();
    return code;
  },
};

/** Present when a service manager or a followed configuration is involved. */
async function serviceOf(config: string | undefined, output: Output): Promise<Service | null> {
  const { NOTIFY_SOCKET, LISTEN_FDS } = process.env;
  if (config === undefined && NOTIFY_SOCKET === undefined && LISTEN_FDS === undefined) return null;
  const { openService } = await import('./service/service.ts');
  return openService(config, (line) => output.complain(line));
}

interface Speaker {
  event(event: PosternEvent): void;
  started(lines: string[]): void;
  /** Resolves when all reports have arrived; absent where the output's own `flush` does that. */
  flush?(): Promise<void>;
}

/**
 * How events are reported: to a program, to the journal, or to a person.
 *
 * @param elsewhere what suggested commands need to reach this Postern
 */
async function speaker(json: boolean, output: Output, elsewhere: string): Promise<Speaker> {
  if (json) return sayJson(output);
  if (process.env.JOURNAL_STREAM === undefined) return sayPlainly(output, elsewhere);
  const { journalSpeaker } = await import('./service/journal.ts');
  const journal = journalSpeaker(process.env, process.pid, elsewhere, (line) => output.lines(line));
  return journal ?? sayPlainly(output, elsewhere);
}

/** A window of an earlier run asks every ten seconds at the least often (`renderer/http-api.ts`). In milliseconds. */
const comesBackWithin = 12_000;

/** Opens the window if there is somebody at a screen, and no window of an earlier run comes back by itself. */
function openWindow(running: Pick<Headless, 'windowLink' | 'windowBack'>, output: Output) {
  let stopping = false;
  const link = running.windowLink();
  const how = link === null ? null : opener(link, process.platform, process.env);
  const open = (isBack: boolean) => {
    if (how === null || stopping) return;
    if (isBack) return output.lines('The window that was open in your browser is back.');
    output.lines('Your browser opens the window now; "--no-open" prevents that.');
    openInBrowser(how, () => output.complain('No browser could be opened. The link above opens the window.'));
  };
  if (how !== null) void running.windowBack(comesBackWithin).then(open);
  return {
    stopping() {
      stopping = true;
    },
  };
}

/** The person chose the window's port, so the person has to choose another. Relays that cannot listen are events. */
function windowPortProblem({ code }: NodeJS.ErrnoException, port: number | undefined): CommandProblem | null {
  if (port === undefined) return null;
  if (code === 'EADDRINUSE') {
    return new CommandProblem(
      `Port ${port} on this computer is used by another program. Choose another --window-port.`,
    );
  }
  return code === 'EACCES'
    ? new CommandProblem(`Port ${port} needs special rights. Choose a --window-port of 1024 or higher.`)
    : null;
}

/** Output for a program: the raw events, and nothing else. */
function sayJson(output: Output) {
  return { event: (event: PosternEvent) => output.json(event), started: (_lines: string[]) => undefined };
}

/** Output for a person: first what to type into the mail program, then what happens. */
function sayPlainly(output: Output, elsewhere: string) {
  let early: PosternEvent[] | null = [];
  const say = (event: PosternEvent) => {
    const line = eventLine(event, elsewhere) ?? (early === null ? newListenerLine(event) : null);
    if (line !== null) output.lines(line);
  };
  return {
    event(event: PosternEvent) {
      if (early) early.push(event);
      else say(event);
    },
    started(lines: string[]) {
      output.lines(...lines);
      // Still early: that these listen stands in the lines above.
      for (const event of joined(early ?? [])) say(event);
      early = null;
    },
  };
}

/** Early events, what does not listen first; a port that cannot be had at both of its addresses is one thing to say. */
function joined(events: readonly PosternEvent[]): PosternEvent[] {
  const failed = events.filter((event) => event.event === 'relay-failed');
  const each = inGroups(failed, ({ relay }) => relay).flatMap((group) => joinedFailures(group));
  return [...each, ...events.filter(({ event }) => event !== 'relay-failed')];
}

/** Runs until a signal or the command `stop`. */
function untilStopped(
  running: { stop(milliseconds?: number): Promise<void>; stopRequested: Promise<void> },
  signals: Signals,
  output: Output,
  companions: readonly ({ stopping(): unknown; close?(): Promise<void> } | null)[],
): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = () => {
      stopping = true;
      const told = companions.map((companion) => companion?.stopping());
      running
        .stop()
        .finally(() => Promise.all([...told, ...companions.map((companion) => companion?.close?.())]))
        .then(
          () => resolve(0),
          () => resolve(1),
        );
    };
    signals.stop(() => {
      if (stopping) process.exit(1);
      output.complain(
        'Stopping. Whoever has connected, and transfers under way, get 10 seconds; the same again stops at once.',
      );
      stop();
    });
    void running.stopRequested.then(() => {
      if (!stopping) stop();
    });
  });
}
