import { counted, listed } from '../contract/index.ts';
import { isNear } from './near-word.ts';

/** The names that a message lists. */
const maxListed = 10;

/**
 * What may have been meant by a name, with a blank in front: the one that is nearest to it, or those that there are.
 *
 * @param names all that would do
 * @param shown those that are listed where none is near
 */
export function whichNames(typed: string, names: readonly string[], shown: readonly string[]): string {
  const sameLetters = names.find((name) => name.toLowerCase() === typed.toLowerCase());
  const meant = sameLetters ?? names.find((name) => isNear(typed, name));
  if (meant !== undefined) return ` Did you mean “${meant}”?`;
  if (shown.length === 0) return '';
  const more = shown.length - maxListed;
  const some = shown.slice(0, maxListed).map((name) => `“${name}”`);
  return ` There is: ${listed(more > 0 ? [...some, counted(more, { other: 'more' })] : some)}.`;
}
