import { mkdir } from 'node:fs/promises';
import { type LogLevel, logLevels } from './levels.ts';
import type { LogFields, Logger } from './logger.ts';
import { redactLine } from './redact.ts';
import type { LineFiles } from './rotating-files.ts';

/**
 * Postern's log. No method throws or waits: a failing disk loses lines, not mail. Every text is made inert and redacted
 * on its way.
 */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /**
   * One protocol line of the sign-in phase, its secrets already replaced by the caller. Written only at level `trace`.
   */
  trace(session: string, speaker: string, line: string): void;
  /** True if trace lines are written: otherwise the caller need not build them. */
  readonly traces: boolean;
  setLevel(level: LogLevel): void;
  /** Writes what is left, taking at most a second. */
  close(): Promise<void>;
}

/** The most entries that wait for the logger to be opened. */
const maxWaiting = 1000;
/** Start-up comes first: the logger is opened this long after the first line (milliseconds), or when it is closed. */
const openAfter = 500;

/**
 * @param options.directory the folder for the log files, made on first use.
 * @param options.open opens the files; by default rotated ones.
 */
export function createLog(options: {
  directory: string;
  level: LogLevel;
  open?: (directory: string) => Promise<LineFiles>;
}): Log {
  const { directory, open = openFiles } = options;
  let level = options.level;
  let waiting: ((logger: Logger) => void)[] = [];
  let logger: Logger | null = null;
  let opening: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failed = false;

  function whenOpen(step: (logger: Logger) => void): void {
    if (failed) return;
    if (logger) step(logger);
    else if (waiting.length < maxWaiting) waiting.push(step);
  }

  function write(lineLevel: LogLevel, message: string, fields: LogFields = {}): void {
    // winston would skip it too, but this way no file is created for lines that are never written.
    if (!logger && logLevels.indexOf(lineLevel) > logLevels.indexOf(level)) return;
    const entry = { level: lineLevel, timestamp: new Date().toISOString(), message, fields };
    whenOpen((opened) => opened.log(entry));
    if (!logger && !failed) timer ??= setTimeout(() => void start(), openAfter).unref();
  }

  async function load(): Promise<Logger> {
    // Loaded late, as it brings in winston: start-up comes first.
    const { openLogger } = await import('./logger.ts');
    return openLogger(await open(directory), options.level);
  }

  function start(): Promise<void> {
    opening ??= load().then(
      (opened) => {
        logger = opened;
        for (const step of waiting) step(opened);
        waiting = [];
      },
      () => {
        failed = true;
        waiting = [];
      },
    );
    return opening;
  }

  return {
    error: (message, fields) => write('error', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    info: (message, fields) => write('info', message, fields),
    trace: (session, speaker, line) => write('trace', speaker, { session, line: redactLine(line) }),
    get traces() {
      return level === 'trace';
    },
    setLevel(next) {
      level = next;
      whenOpen((opened) => opened.setLevel(next));
    },
    async close() {
      if (timer) clearTimeout(timer);
      if (timer || opening) await start();
      await logger?.close();
      logger = null;
      failed = true;
    },
  };
}

async function openFiles(directory: string): Promise<LineFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { openRotatingFiles } = await import('./rotating-files.ts');
  return openRotatingFiles(directory);
}
