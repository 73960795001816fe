import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RotatingFileStream } from 'rotating-file-stream';
import { setAsideName } from './set-aside.ts';

/** 5 files of 2 MiB: weeks of ordinary use, hours of trace, and never a full disk. */
const fileBytes = 2 * 1024 * 1024;
const olderFiles = 4;
/** The most bytes on their way to the disk. Above that the disk is too slow, and lines are dropped rather than kept. */
const maxUnderWay = 1024 * 1024;
/** Time before a disk that failed is tried again (milliseconds). */
const retryAfter = 30_000;
/** How long the end of the program waits for the last lines (milliseconds). */
const closeWithin = 1000;

/** Receives finished lines. Nothing here throws: a log that cannot be written must not stop mail. */
export interface LineFiles {
  write(line: string): void;
  close(): Promise<void>;
}

/** Opens `postern.log` in a folder (`postern.1.log` is the one before), mode 0600. */
export async function openRotatingFiles(directory: string, bytes = fileBytes): Promise<LineFiles> {
  const { createStream } = await import('rotating-file-stream');
  let failedAt = 0;
  let dropped = 0;
  /** Whether the file has to be there: it is opened, and not being rotated. */
  let inPlace = false;
  let stream: RotatingFileStream | null = open();

  function open(): RotatingFileStream | null {
    inPlace = false;
    makeAgain(directory);
    if (!isOurs(join(directory, 'postern.log'))) {
      failedAt = performance.now();
      return null;
    }
    const opened = createStream((index) => (index ? `postern.${index}.log` : 'postern.log'), {
      path: directory,
      size: `${bytes}B`,
      rotate: olderFiles,
      mode: 0o600,
    });
    opened.on('open', () => {
      if (stream === opened) inPlace = true;
    });
    opened.on('rotation', () => {
      if (stream === opened) inPlace = false;
    });
    opened.on('error', () => {
      failedAt = performance.now();
      if (stream === opened) stream = null;
    });
    return opened;
  }

  /** A person who deletes the log wants an empty one: later lines must not go to a file that nobody can find. */
  function followDeletion(): void {
    if (!inPlace || isThere(join(directory, 'postern.log'))) return;
    stream?.end();
    stream = open();
  }

  return {
    write(line) {
      followDeletion();
      if (!stream && performance.now() - failedAt >= retryAfter) stream = open();
      if (!stream || stream.writableLength > maxUnderWay) {
        dropped += 1;
        return;
      }
      if (dropped > 0) stream.write(`${new Date().toISOString()} warn lines-lost count=${dropped}\n`);
      dropped = 0;
      stream.write(`${line}\n`);
    },
    async close() {
      const closing = stream;
      if (!closing) return;
      const closed = new Promise<void>((resolve) => closing.once('close', resolve));
      closing.end();
      await Promise.race([closed, wait(closeWithin, undefined, { ref: false })]);
    },
  };
}

/** The folder of the log, where it was deleted. What fails here fails again when the file is opened. */
function makeAgain(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch {}
}

function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** A link in the log's place is not followed, nor is a pipe waited for: it is put aside. @returns false where it cannot be */
function isOurs(file: string): boolean {
  try {
    const there = lstatSync(file, { throwIfNoEntry: false });
    // A folder there fails to open by itself.
    if (!there || there.isFile() || there.isDirectory()) return true;
    renameSync(file, setAsideName(file));
    return true;
  } catch {
    return false;
  }
}
