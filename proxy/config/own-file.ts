import { readTextFile } from './text-file.ts';

/** A file that Postern writes, and that somebody may change by hand all the same: that must be neither missed nor lost. */
export interface OwnFile {
  readonly path: string;
  /** Whether its content differs from what was last read or written here; also if it was removed or created. */
  isChanged(): Promise<boolean>;
  /** Its present content is known. */
  take(): Promise<void>;
}

/** @param path it need not exist */
export async function openOwnFile(path: string): Promise<OwnFile> {
  const read = () => readTextFile(path).catch(() => null);
  let known = await read();
  return {
    path,
    isChanged: async () => (await read()) !== known,
    async take() {
      known = await read();
    },
  };
}
