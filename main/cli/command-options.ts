import { resolve } from 'node:path';

/** What a shell takes as it is. */
const plain = /^[\w@%+=:,./\\-]+$/;

/**
 * What a suggested command needs so that it reaches the same Postern, with a blank in front; empty in the usual place.
 * The path is whole: the next command may be typed in another folder.
 *
 * @param chosen what `--data-dir` or `--state` says
 */
export function commandOptions(chosen: string | undefined, platform: NodeJS.Platform = process.platform): string {
  if (chosen === undefined) return '';
  const path = resolve(chosen);
  if (plain.test(path)) return ` --data-dir ${path}`;
  return ` --data-dir ${platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`}`;
}
