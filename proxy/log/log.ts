import { mkdir } from 'node:fs/promises';
import type { Protocol, RefusalReason, SessionEnding } from '../contract/index.ts';
import { inert } from './inert.ts';
import { type LogLevel, logLevels } from './levels.ts';
import type { LineLogger } from './logger.ts';
import { redactLine, redactText } from './redact.ts';

/** One session from its beginning to its end. */
export interface SessionRecord {
  session: string;
  relay: string;
  protocol: Protocol;
  ending: SessionEnding;
  /** Null when the session ended before TLS stood. */
  tlsVersion: string | null;
  cipher: string | null;
  trust: 'verified' | 'trusted-by-you' | null;
  bytesUp: number;
  bytesDown: number;
  milliseconds: number;
}

export interface RefusalRecord {
  relay: string;
  session?: string | undefined;
  reason: RefusalReason;
  /** The sentence that the mail program and the person are told. */
  message: string;
}

/** Numbers, words and short texts that go with a line. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/**
 * What Postern writes about itself. No method throws or waits, and a disk that takes nothing costs lines and no mail.
 * Every text is made inert and passes the redaction on its way.
 */
export interface Log {
  /** One line for a session that ended. */
  session(record: SessionRecord): void;
  /** One line for a session that was refused. */
  refusal(record: RefusalRecord): void;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** One protocol line of the sign-in phase, its secrets replaced by the caller already. Written on level `trace` only. */
  trace(session: string, speaker: string, line: string): void;
  /** True where trace lines are written: spares the caller to make them. */
  readonly traces: boolean;
  setLevel(level: LogLevel): void;
  /** Writes what is left, for at most a second. */
  close(): Promise<void>;
}

/** Lines that wait for the files to be opened. */
const maxWaiting = 1000;
/** Start-up comes first: the files are opened this long after the first line (milliseconds), or when the log is closed. */
const openAfter = 500;

/**
 * @param options.directory the folder for the log files, made on first use.
 * @param options.open opens the files; winston's over the rotated ones unless told.
 */
export function createLog(options: {
  directory: string;
  level: LogLevel;
  open?: (directory: string) => Promise<LineLogger>;
}): Log {
  const { directory, open = openFiles } = options;
  let level = options.level;
  let waiting: { line: string; level: LogLevel }[] = [];
  let files: LineLogger | null = null;
  let opening: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failed = false;

  function write(lineLevel: LogLevel, subject: string, fields: LogFields = {}): void {
    if (failed || logLevels.indexOf(lineLevel) > logLevels.indexOf(level)) return;
    const line = [new Date().toISOString(), lineLevel, subject, ...fieldTexts(fields)].join(' ');
    if (files) files.write(line, lineLevel);
    else if (waiting.length < maxWaiting) waiting.push({ line, level: lineLevel });
    if (!files) timer ??= setTimeout(() => void start(), openAfter).unref();
  }

  function start(): Promise<void> {
    opening ??= open(directory).then(
      (opened) => {
        files = opened;
        for (const entry of waiting) opened.write(entry.line, entry.level);
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
    session: ({ session, relay, milliseconds, ...record }) =>
      write('info', 'session', {
        relay,
        session,
        protocol: record.protocol,
        ending: record.ending,
        tls: record.tlsVersion,
        cipher: record.cipher,
        trust: record.trust,
        up: record.bytesUp,
        down: record.bytesDown,
        seconds: Math.round(milliseconds) / 1000,
      }),
    refusal: ({ relay, session, reason, message }) => write('warn', 'refused', { relay, session, reason, message }),
    error: (message, fields) => write('error', text(message), fields),
    warn: (message, fields) => write('warn', text(message), fields),
    info: (message, fields) => write('info', text(message), fields),
    trace: (session, speaker, line) => write('trace', speaker, { session, line: redactLine(line) }),
    get traces() {
      return level === 'trace';
    },
    setLevel(next) {
      level = next;
    },
    async close() {
      if (timer) clearTimeout(timer);
      if (waiting.length > 0 || opening) await start();
      await files?.close();
      files = null;
      failed = true;
    },
  };
}

async function openFiles(directory: string): Promise<LineLogger> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { openLogger } = await import('./logger.ts');
  return openLogger(directory);
}

function text(value: string): string {
  return inert(redactText(value));
}

/** `name=value`; a value with anything but plain characters in double quotes. Absent ones are left out. */
function fieldTexts(fields: LogFields): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      const safe = text(String(value));
      return `${name}=${/^[\w.:/@-]+$/.test(safe) ? safe : `"${safe.replaceAll('"', '\\"')}"`}`;
    });
}
