import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder where there is none, and those above it that are missing. Node's own way (`recursive`) never comes back
 * where a folder is there and lets none be made in it as if it were not: as root below `/proc`.
 *
 * @param mode of those that are made
 * @throws the system's error: `EEXIST` or `ENOTDIR` when something else stands there
 */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path), mode);
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // At the root of a drive Windows says EPERM, macOS EISDIR.
    const there = await stat(path).catch(() => null);
    if (!there?.isDirectory()) throw error;
  }
}
