import { Writable } from 'node:stream';
import { type LogLevel, logLevels } from './levels.ts';
import { openRotatingFiles } from './rotating-files.ts';

/** Where finished lines go, with their level. Nothing here throws. */
export interface LineLogger {
  write(line: string, level: LogLevel): void;
  /** Resolves when what was written is on the disk, or could not be brought there in time. */
  close(): Promise<void>;
}

/**
 * A winston logger in front of the rotated files. The files are our own stream because winston's file transport loses
 * lines when it is closed in the middle of a rotation, and hides what the disk says.
 *
 * @param directory the folder of the log files
 */
export async function openLogger(directory: string): Promise<LineLogger> {
  const [{ default: winston }, files] = await Promise.all([import('winston'), openRotatingFiles(directory)]);
  const sink = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      files.write(line);
      done();
    },
  });
  const logger = winston.createLogger({
    levels: Object.fromEntries(logLevels.map((level, index) => [level, index])),
    level: 'trace',
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream: sink, eol: '' })],
  });
  let closed = false;
  return {
    write: (line, level) => {
      if (!closed) logger.log(level, line);
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
