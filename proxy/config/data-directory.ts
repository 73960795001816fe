import { chmod, lstat, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { makeDirectory } from './make-directory.ts';

/**
 * Where Postern keeps its files.
 *
 * @param chosen what `--data-dir` says; the platform's usual place for program data when absent.
 * @returns an absolute path. Nothing is created or checked.
 */
export async function dataDirectoryPath(chosen?: string): Promise<string> {
  if (chosen !== undefined) return resolve(chosen);
  return (await platformFolders()).data;
}

/** The system's folders for what programs keep for their user. Loaded on demand: most runs never need it. */
export async function platformFolders(): Promise<{ data: string; cache: string }> {
  const { default: envPaths } = await import('env-paths');
  return envPaths('postern', { suffix: '' });
}

/** A data directory that cannot be used; the message is one sentence that names it and says what to do. */
export class UnusableDirectory extends Error {
  override readonly name = 'UnusableDirectory';
}

/**
 * Creates the data directory if it does not exist, and keeps it private to this user (mode 0700; on Windows the
 * profile's own protection applies).
 *
 * @throws {UnusableDirectory}
 */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path, 0o700);
    const entry = await lstat(path);
    // A link to a folder has always been accepted, but another user's link could be pointed at someone else's folder.
    if (entry.isSymbolicLink() && process.getuid && entry.uid !== process.getuid()) {
      throw new UnusableDirectory(
        `${path} is a link that belongs to another user; choose another folder with --data-dir`,
      );
    }
    // Root can do anything with another user's folder, and would leave files there that its owner cannot read.
    const { uid } = await stat(path);
    if (process.getuid && uid !== process.getuid()) {
      throw new UnusableDirectory(
        `${path} belongs to another user (user id ${uid}); run Postern as that user, or choose another folder with --data-dir`,
      );
    }
    if (process.platform !== 'win32') await chmod(path, 0o700);
  } catch (error) {
    if (error instanceof UnusableDirectory) throw error;
    throw unusableDirectory(path, error);
  }
}

/** Says in words why a data directory cannot be used. @param error the system's */
export function unusableDirectory(path: string, error: unknown): UnusableDirectory {
  return new UnusableDirectory(explain(path, String((error as NodeJS.ErrnoException).code)), { cause: error });
}

function explain(path: string, code: string): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder; choose another one with --data-dir`;
    case 'EPERM':
    case 'EACCES':
      return `${path} cannot be kept private: it belongs to another user or may not be changed; choose another folder with --data-dir`;
    case 'ENOENT':
      return `${path} cannot be made: the system lets nobody make a folder there; choose another one with --data-dir`;
    case 'EROFS':
    case 'ENOSPC':
      return `${path} cannot be written to: the disk is ${code === 'EROFS' ? 'read-only' : 'full'}`;
    default:
      return `${path} cannot be made or used (${code}); choose another folder with --data-dir`;
  }
}
