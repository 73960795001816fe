/** Longest foreign text that is shown in one place, in characters, unless the place says otherwise. */
const usualLength = 300;

/**
 * Control characters, direction marks and other invisible ones, with which a text could pretend to be another one.
 * The core removes them from certificates; the window does not rely on it.
 */
const misleading = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]+/gu;

/**
 * Makes a text that others wrote fit to be shown: no control and direction characters, bounded, on one line.
 *
 * @param max longest result in characters; what is cut off is marked with an ellipsis
 */
export function inert(text: string, max = usualLength): string {
  // Cut before the search, so that a text of any length costs the same. A character takes up to two code units.
  const clean = text
    .slice(0, max * 4)
    .replace(misleading, ' ')
    .trim();
  const characters = Array.from(clean);
  if (characters.length <= max && text.length <= max * 4) return clean;
  return `${characters.slice(0, max - 1).join('')}…`;
}
