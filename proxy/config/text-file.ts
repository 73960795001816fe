import { open } from 'node:fs/promises';
import { ConfigurationError } from './configuration-error.ts';

/** The same bound as for the file in use. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Reads any text file that the person names: links are followed, and its permissions stay as they are.
 *
 * @returns null when there is no such file
 * @throws {ConfigurationError} when it cannot be read, is no file, or is too large
 */
export async function readTextFile(file: string): Promise<string | null> {
  try {
    const handle = await open(file, 'r');
    try {
      if (!(await handle.stat()).isFile()) throw unusable(file, 'expected a file, found something else');
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
