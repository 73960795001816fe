import { writeFile } from 'node:fs/promises';
import { CommandProblem } from './command.ts';

/**
 * Writes a file that was not there before.
 *
 * @param mode its permissions; by default those that the system gives
 * @throws {CommandProblem} when it exists, or cannot be written
 */
export async function writeNewFile(file: string, content: string | Uint8Array, mode?: number): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandProblem(
      code === 'EEXIST'
        ? `${file} already exists. Choose another name.`
        : `${file} could not be written (${code ?? 'unknown error'}).`,
    );
  }
}
