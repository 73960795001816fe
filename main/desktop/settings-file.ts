import { join } from 'node:path';
import * as z from 'zod';
import { readPrivateFile, writeFileAtomically } from '../../proxy/config/atomic-file.ts';

const schema = z.object({
  notifications: z.boolean().default(true),
  /** The person was told what closing the window means without a tray. */
  closingExplained: z.boolean().default(false),
});

/** What the desktop shell itself remembers: `desktop.json` in the data directory. */
export type DesktopSettings = z.output<typeof schema>;

const file = (dataDirectory: string) => join(dataDirectory, 'desktop.json');

/** @returns the settings, with defaults for those that are missing or make no sense: none is worth an error. */
export async function readDesktopSettings(dataDirectory: string): Promise<DesktopSettings> {
  try {
    return schema.parse(JSON.parse((await readPrivateFile(file(dataDirectory), 64 * 1024)) ?? '{}'));
  } catch {
    return schema.parse({});
  }
}

/** @throws the system's error when it cannot be written */
export function saveDesktopSettings(dataDirectory: string, settings: DesktopSettings): Promise<void> {
  return writeFileAtomically(file(dataDirectory), `${JSON.stringify(settings, null, 2)}\n`);
}
