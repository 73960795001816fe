import { type FileHandle, open, unlink } from 'node:fs/promises';
import { CommandProblem } from './command.ts';

/**
 * Writes a file that was not there before, whole or not at all: half of one would only be in the way of the next try.
 *
 * @param mode its permissions; by default those that the system gives
 * @throws {CommandProblem} when it exists, or cannot be written
 */
export async function writeNewFile(file: string, content: string | Uint8Array, mode?: number): Promise<void> {
  const made = await open(file, 'wx', mode).catch((error) => failed(file, error));
  try {
    await fill(made, content);
  } catch (error) {
    await unlink(file).catch(() => undefined);
    failed(file, error);
  }
}

async function fill(made: FileHandle, content: string | Uint8Array): Promise<void> {
  try {
    await made.writeFile(content);
  } finally {
    // A network file system says only now that it is full.
    await made.close();
  }
}

function failed(file: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  if (code === 'EEXIST') throw new CommandProblem(`${file} already exists. Choose another name.`);
  throw new CommandProblem(`${file} could not be written${why[code] ?? ` (${code})`}.`);
}

const why: Record<string, string> = {
  ENOSPC: ': the disk is full',
  EROFS: ': the disk is read-only',
  EACCES: ': the system does not let you write there',
  ENOENT: ': there is no such folder',
  EISDIR: ': it is a folder',
};
