import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ConfigurationError } from './configuration-error.ts';

/** The same bound as for the file in use. */
const maxBytes = 4 * 1024 * 1024;

/** Windows has none, and needs none: a pipe is no file there. */
const nonBlocking = constants.O_NONBLOCK ?? 0;

/**
 * Opens a file that a person names, for reading. A pipe does not block it.
 *
 * @returns null when it is something other than a plain file
 * @throws the system's error when it cannot be opened
 */
export async function openPlainFile(path: string): Promise<FileHandle | null> {
  const handle = await open(path, constants.O_RDONLY | nonBlocking);
  const isFile = await handle.stat().then(
    (status) => status.isFile(),
    () => false,
  );
  if (isFile) return handle;
  await handle.close();
  return null;
}

/**
 * Reads any text file that the person names: links are followed, and its permissions stay as they are.
 *
 * @returns null when there is no such file
 * @throws {ConfigurationError} when it cannot be read, is no file, or is too large
 */
export async function readTextFile(file: string): Promise<string | null> {
  try {
    const handle = await openPlainFile(file);
    if (handle === null) throw unusable(file, 'expected a file, found something else');
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of handle.createReadStream({ end: maxBytes, autoClose: false }))
        chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > maxBytes) throw unusable(file, `expected at most ${maxBytes} bytes, found more`);
      return bytes.toString('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw unusable(file, `the file cannot be read (${code})`);
  }
}

function unusable(file: string, message: string): ConfigurationError {
  return new ConfigurationError(file, [{ path: '', message }]);
}
