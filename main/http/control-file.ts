import { createHash, randomBytes } from 'node:crypto';
import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readPrivateFile, UnusableFile } from '../../proxy/config/atomic-file.ts';
import { unusableDirectory } from '../../proxy/config/data-directory.ts';

/** How a program of this user finds the running core and proves who it is. Lives in `control.json`, mode 0600. */
export interface Control {
  port: number;
  token: string;
  pid: number;
}

/** Removing a file takes a moment; a lock that is older was left by a core that was killed in it (milliseconds). */
const lockHeldAtMost = 5000;

/** Another core runs on this data directory. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly pid: number;

  constructor(pid: number) {
    super(`Postern is running already with this data directory (process ${pid}). Stop that one first.`);
    this.pid = pid;
  }
}

/** How to find out whether the core behind a control file is there. */
export type IsAlive = (control: Control) => Promise<boolean>;

export function controlFile(dataDirectory: string): string {
  return join(dataDirectory, 'control.json');
}

/** @returns what the file says, or null when there is none that makes sense. */
export async function readControl(dataDirectory: string): Promise<Control | null> {
  return parseControl(await readText(controlFile(dataDirectory)));
}

/** The text of the file; what is no file of ours (a link, a folder) as a text that makes no sense; null without one. */
async function readText(file: string): Promise<string | null> {
  try {
    return await readPrivateFile(file, 4096);
  } catch (error) {
    if (error instanceof UnusableFile) return error.reason;
    throw error;
  }
}

function parseControl(text: string | null): Control | null {
  try {
    const { port, token, pid } = JSON.parse(text ?? '') as Record<string, unknown>;
    if (typeof port !== 'number' || typeof token !== 'string' || typeof pid !== 'number') return null;
    return Number.isInteger(port) && port > 0 && port < 65_536 && /^[\w-]{43}$/.test(token)
      ? { port, token, pid }
      : null;
  } catch {
    return null;
  }
}

/**
 * Makes this process the one core of the data directory, by putting its control file there. The file appears whole or
 * not at all, and only where there is none: of two cores that start at once, one wins. What a killed core left is
 * cleared away.
 *
 * @returns gives the place up again.
 * @throws {AlreadyRunning}
 * @throws {UnusableDirectory} nothing can be written there
 */
export async function claimDataDirectory(
  dataDirectory: string,
  control: Control,
  isAlive: IsAlive,
): Promise<() => Promise<void>> {
  const file = controlFile(dataDirectory);
  const mine = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeWhole(mine, `${JSON.stringify(control)}\n`);
    while (!(await putInPlace(mine, file))) {
      const text = await readText(file);
      if (text === null) continue;
      const there = parseControl(text);
      if (there && (await isAlive(there))) throw new AlreadyRunning(there.pid);
      await clearStale(file, text);
    }
  } finally {
    await unlink(mine).catch(() => undefined);
  }
  return async () => {
    const there = await readControl(dataDirectory).catch(() => null);
    if (there?.token === control.token) await unlink(file).catch(() => undefined);
  };
}

async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unusableDirectory(dirname(path), error);
  }
}

/** @returns false when there is a file already. */
async function putInPlace(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
  }
  // A file system without hard links (FAT, some network shares).
  if (await exists(to)) return false;
  await rename(from, to);
  return true;
}

/**
 * Removes a control file whose core is gone, if it still is the one that was judged. Of several cores that judged the
 * same file only one may remove it, the holder of a lock with that file's own name: another could be about to remove
 * what the first has put there since.
 */
async function clearStale(file: string, judged: string): Promise<void> {
  const lock = `${file}.${createHash('sha256').update(judged).digest('hex').slice(0, 16)}`;
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
    // Either way: the clock may have been set back since.
    if (Math.abs(Date.now() - mtimeMs) > lockHeldAtMost) await unlink(lock).catch(() => undefined);
    await wait(20);
    return;
  }
  try {
    if ((await readText(file)) === judged) await unlink(file);
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await (await open(path, 'r')).close();
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
