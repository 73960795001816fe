import { Writable } from 'node:stream';
import { type LogLevel, logLevels } from './levels.ts';
import { logText } from './log-text.ts';
import { redactText } from './redact.ts';
import type { LineFiles } from './rotating-files.ts';

/** Fields of a line: numbers, words and short texts. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** One line. */
export interface LogEntry {
  level: LogLevel;
  /** ISO 8601, the moment when it happened. */
  timestamp: string;
  message: string;
  fields: LogFields;
}

/** Nothing here throws. */
export interface Logger {
  log(entry: LogEntry): void;
  /** Entries of this level and more severe ones are written from now on. */
  setLevel(level: LogLevel): void;
  /** Resolves when everything written is on disk, or could not be written in time. */
  close(): Promise<void>;
}

/**
 * A winston logger: levels, format and transport are winston's. Behind its transport are rotated files of our own,
 * because winston's file transport loses lines when it is closed during a rotation, and hides disk errors.
 */
export async function openLogger(files: LineFiles, level: LogLevel): Promise<Logger> {
  const { default: winston } = await import('winston');
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      files.write(line);
      done();
    },
  });
  const logger = winston.createLogger({
    levels: Object.fromEntries(logLevels.map((name, rank) => [name, rank])),
    level,
    format: winston.format.printf((info) => lineOf(info as unknown as LogEntry)),
    transports: [new winston.transports.Stream({ stream, eol: '' })],
  });
  let closed = false;
  return {
    log(entry) {
      if (!closed) logger.log(entry);
    },
    setLevel(next) {
      logger.level = next;
    },
    async close() {
      closed = true;
      await new Promise<void>((resolve) => {
        logger.once('finish', resolve);
        logger.end();
      });
      await files.close();
    },
  };
}

/** Every text is made inert and redacted on its way. */
function lineOf({ timestamp, level, message, fields }: LogEntry): string {
  return [timestamp, level, safe(message), ...fieldTexts(fields)].join(' ');
}

function safe(value: string): string {
  return logText(redactText(value));
}

/** `name=value`; a value with anything but plain characters in double quotes. Absent ones are left out. */
function fieldTexts(fields: LogFields): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      const text = safe(String(value));
      return `${name}=${/^[\w.:/@-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`}`;
    });
}
