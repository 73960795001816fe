import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Files that must survive a crash at any moment (`config.json`, `trust.json`): written to a temporary file and renamed
 * over the old one, so that a reader sees the old text or the new and never a part. Private to the user: mode 0600,
 * links not followed.
 */

/** Windows has no such flags; there the `lstat` check has to do. */
const noFollow = constants.O_NOFOLLOW ?? 0;
const nonBlocking = constants.O_NONBLOCK ?? 0;

/** Far above any configuration or list of decisions; keeps a swapped-in giant from filling the memory. */
const defaultMaxBytes = 4 * 1024 * 1024;

/** A stored file that exists and must not be used. The message is one sentence that names the file. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
  readonly path: string;
  readonly reason: 'symlink' | 'not-a-file' | 'not-owned' | 'too-large' | 'not-text';

  constructor(path: string, reason: UnusableFile['reason'], message: string) {
    super(`${path} ${message}`);
    this.path = path;
    this.reason = reason;
  }
}

/** The write under way for each path, so that two writes to one file finish in the order they were requested. */
const writing = new Map<string, Promise<void>>();
const swept = new Set<string>();

/**
 * Replaces a file by `content` (text in UTF-8), in one step that a crash or power cut cannot leave half done. The
 * folder must exist. Writes to the same path by this process are done in the order of the calls.
 *
 * @throws the system's error (disk full, read-only, no such folder); the old file is then untouched.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const target = resolve(path);
  const before = writing.get(target) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => replace(target, content));
  writing.set(target, mine);
  const done = () => {
    if (writing.get(target) === mine) writing.delete(target);
  };
  mine.then(done, done);
  return mine;
}

async function replace(target: string, content: string | Uint8Array): Promise<void> {
  await sweepTemporaryFiles(target);
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${process.pid}.${randomBytes(6).toString('hex')}.temporary`,
  );
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;
  const file = await open(temporary, flags, 0o600);
  try {
    try {
      await file.writeFile(content, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(target));
}

/** Virus scanners on Windows hold a fresh file for a moment, and until then renaming it fails. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const held = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
      if (!held || attempt === 10) throw error;
      await wait(20 * attempt);
    }
  }
}

/** Makes the rename itself durable. Windows and some network file systems cannot sync a folder. */
async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(directory, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    const unsupported = ['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES'].includes(codeOf(error));
    if (!unsupported) throw error;
  } finally {
    await handle?.close();
  }
}

/** Removes what killed processes left beside `target`; once for each file in a process. */
async function sweepTemporaryFiles(target: string): Promise<void> {
  if (swept.has(target)) return;
  swept.add(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)\.[0-9a-f]{12}\.temporary$/.exec(name.slice(prefix.length))?.[1];
    // A file with our own process id is from an earlier process: this one has written nothing here yet.
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    await unlink(join(dirname(target), name)).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/**
 * Reads a stored file as UTF-8 text; a byte order mark is dropped. Otherwise as {@link readPrivateBytes}.
 *
 * @throws {UnusableFile} not UTF-8, and what reading the bytes throws
 */
export async function readPrivateFile(path: string, maxBytes = defaultMaxBytes): Promise<string | null> {
  const bytes = await readPrivateBytes(path, maxBytes);
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnusableFile(path, 'not-text', 'is not text in UTF-8; save it again as UTF-8');
  }
}

/**
 * Reads a stored file. Where the group or others could read or write it, the permission is tightened to 0600 first (POSIX).
 *
 * @param maxBytes the largest file that is read; 4 MiB by default.
 * @returns null when there is no such file.
 * @throws {UnusableFile} a symbolic link, not a plain file, another user's open file, too large.
 * @throws the system's error when the file cannot be read at all.
 */
export async function readPrivateBytes(path: string, maxBytes = defaultMaxBytes): Promise<Buffer | null> {
  let file: FileHandle;
  try {
    const entry = await lstat(path);
    if (entry.isSymbolicLink()) throw symlink(path);
    if (!entry.isFile()) throw new UnusableFile(path, 'not-a-file', 'is not a plain file');
    // Non-blocking: a pipe put in the file's place meanwhile must not hang startup.
    file = await open(path, constants.O_RDONLY | noFollow | nonBlocking);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'ELOOP') throw symlink(path);
    throw error;
  }
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new UnusableFile(path, 'not-a-file', 'is not a plain file');
    // Files that root put there may be used; another user's may not, not even when we are root.
    const uids = [process.getuid?.() ?? status.uid, 0];
    if (!uids.includes(status.uid)) {
      throw new UnusableFile(path, 'not-owned', `belongs to another user (user id ${status.uid})`);
    }
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) await tighten(file, path);
    return await readBounded(file, path, maxBytes);
  } finally {
    await file.close();
  }
}

async function tighten(file: FileHandle, path: string): Promise<void> {
  try {
    await file.chmod(0o600);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    throw new UnusableFile(path, 'not-owned', 'belongs to another user and others may read or change it');
  }
}

async function readBounded(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // `end` is inclusive: one byte more than allowed shows that the file is too large.
  for await (const chunk of file.createReadStream({ start: 0, end: maxBytes, autoClose: false })) {
    chunks.push(chunk as Buffer);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > maxBytes) {
    throw new UnusableFile(path, 'too-large', `is too large: at most ${maxBytes} bytes are read`);
  }
  return bytes;
}

function symlink(path: string): UnusableFile {
  return new UnusableFile(path, 'symlink', 'is a symbolic link, and links are not followed; put the file itself there');
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? '');
}
