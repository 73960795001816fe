import { lstatSync } from 'node:fs';
import module from 'node:module';
import { platformFolders } from '../proxy/config/data-directory.ts';
import { makeDirectory } from '../proxy/config/make-directory.ts';

/**
 * Has Node keep the compiled form of the code that is loaded from now on, which saves a fifteenth of the cost of the
 * next start. It is kept with the user's caches, and written when the process ends; without the space or permission for
 * it, nothing is kept. A user who can write there decides what code runs, so the folder is used only if it belongs to
 * this user alone.
 */
export async function keepCompiledCode(): Promise<void> {
  try {
    const { cache: directory } = await platformFolders();
    await makeDirectory(directory, 0o700);
    const entry = lstatSync(directory);
    const othersMayWrite =
      process.getuid !== undefined && (entry.uid !== process.getuid() || (entry.mode & 0o022) !== 0);
    if (!entry.isDirectory() || othersMayWrite) return;
    const before = process.umask(0o077);
    try {
      module.enableCompileCache(directory);
    } finally {
      process.umask(before);
    }
  } catch {
    // A slightly slower start is no reason to fail.
  }
}
