import { lutimes, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateBytes, writeFileAtomically } from '../../config/atomic-file.ts';
import { prepareDataDirectory } from '../../config/data-directory.ts';

/** Lists on disk, so that the next start has them. If the disk fails, only this cache is lost. */
export interface ListFiles {
  /** @returns null when there is no usable one */
  read(name: string): Promise<{ bytes: Buffer; savedAt: number } | null>;
  /** Never rejects. */
  write(name: string, bytes: Buffer, now: number): Promise<void>;
}

/** The largest list that is fetched or kept. The largest public ones are a few MiB. */
export const maxListBytes = 16 * 1024 * 1024;
/** Each server needs two or three; the oldest are removed first. */
const maxFiles = 100;
const maxBytes = 128 * 1024 * 1024;

const suffix = '.crl';

/** @param directory created by the first write; its files are private to this user */
export function openListFiles(directory: string): ListFiles {
  const pathOf = (name: string) => join(directory, `${name}${suffix}`);

  async function sweep(): Promise<void> {
    const names = (await readdir(directory)).filter((name) => name.endsWith(suffix));
    const found = await Promise.all(
      names.map(async (name) => ({ path: join(directory, name), ...(await stat(join(directory, name))) })),
    );
    let bytes = 0;
    for (const [index, { path, size }] of found.sort((a, b) => b.mtimeMs - a.mtimeMs).entries()) {
      bytes += size;
      if (index >= maxFiles || bytes > maxBytes) await unlink(path);
    }
  }

  return {
    async read(name) {
      try {
        const bytes = await readPrivateBytes(pathOf(name), maxListBytes);
        return bytes && { bytes, savedAt: (await stat(pathOf(name))).mtimeMs };
      } catch {
        return null;
      }
    },
    async write(name, bytes, now) {
      try {
        await prepareDataDirectory(directory);
        await writeFileAtomically(pathOf(name), bytes);
        // By our clock, which is the one by which its age will be computed.
        await lutimes(pathOf(name), now / 1000, now / 1000);
        await sweep();
      } catch {
        // The list is in use from memory; the next one is tried again.
      }
    },
  };
}
