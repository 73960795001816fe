import { existsSync } from 'node:fs';
import { chmod, lstat, readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { escaped } from '../contract/index.ts';
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
    throw await unusableDirectory(path, error);
  }
}

/**
 * Whether the data directory is there, for work that creates none.
 *
 * @throws {UnusableDirectory} it may be, and belongs to somebody else
 */
export async function isThere(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return existsSync(path);
    throw await unusableDirectory(path, error);
  }
}

/** Files and folders by which a data directory is known. */
const ours = ['config.json', 'trust.json', 'control.json', 'last-sessions.json', 'logs'];

/**
 * Closing a folder to others takes their access away. One that holds other things is not Postern's to close.
 *
 * @param configuration a file that somebody else manages: it may be in the folder
 * @throws {UnusableDirectory} before anything is changed
 */
export async function refuseSharedFolder(path: string, configuration?: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory() || (found.mode & 0o077) === 0) return;
  const names = await readdir(path).catch(() => []);
  const others = names.filter((name) => !name.startsWith('.') && name !== 'lost+found');
  const isOurs = names.some((name) => ours.includes(name)) || (configuration && dirname(configuration) === path);
  if (isOurs || others.length === 0) return;
  throw new UnusableDirectory(
    `${path} is open to other users, and has other things in it (${escaped(others.toSorted().slice(0, 3).join(', '))}); Postern would close it to them. Choose an empty folder or a new one with --data-dir`,
  );
}

/** Says in words why a data directory cannot be used. @param error the system's */
export async function unusableDirectory(path: string, error: unknown): Promise<UnusableDirectory> {
  const code = codeOf(error);
  const explained = ['EPERM', 'EACCES'].includes(code) ? await whyNotAllowed(path) : explain(path, code);
  return new UnusableDirectory(explained, { cause: error });
}

/** There is something that is closed to this user; or nothing, in a folder where this user may make nothing. */
async function whyNotAllowed(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const code = await stat(place).then(() => null, codeOf);
    if (code === 'ENOENT' && dirname(place) !== place) continue;
    return code === null && place !== path
      ? `${path} cannot be made: you may not change ${place}; choose another folder with --data-dir`
      : `${path} is closed to you: it belongs to another user, or may not be changed; run Postern as the user whose folder it is, or choose another one with --data-dir`;
  }
}

function explain(path: string, code: string): string {
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder; choose another one with --data-dir`;
    case 'ENOENT':
      return `${path} cannot be made: the system lets nobody make a folder there; choose another one with --data-dir`;
    case 'EROFS':
    case 'ENOSPC':
      return `${path} cannot be written to: the disk is ${code === 'EROFS' ? 'read-only' : 'full'}`;
    default:
      return `${path} cannot be made or used (${code}); choose another folder with --data-dir`;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code);
}
