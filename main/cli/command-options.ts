import { resolve } from 'node:path';
import { shellWord } from './shell-word.ts';

/**
 * What a suggested command needs so that it reaches the same Postern, with a blank in front; empty in the usual place.
 * The path is whole: the next command may be typed in another folder.
 *
 * @param chosen what `--data-dir` or `--state` says
 */
export function commandOptions(chosen: string | undefined, platform: NodeJS.Platform = process.platform): string {
  return chosen === undefined ? '' : ` --data-dir ${shellWord(resolve(chosen), 'FOLDER', platform)}`;
}
