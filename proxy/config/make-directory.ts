import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder, and any missing parents. Node's own `recursive` never returns where a folder exists but creating
 * one in it fails as if it did not: as root below `/proc`.
 *
 * @param mode of the folders created
 * @throws the system's error: `EEXIST` or `ENOTDIR` when something else is in the way
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
