/**
 * What a stranger's text may not bring into a window, a log or a terminal: control characters (ANSI sequences begin
 * with one), direction marks and other invisible formatting (soft hyphens and tag characters among them), line
 * separators, lone surrogates, unassigned and private-use characters, and piled-up accents.
 */
const misleading = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|\p{M}{4,}/gu;
const misleadingRuns = new RegExp(`(?:${misleading.source})+`, 'gu');

/** The longest foreign text shown in one place, in characters, unless the place says otherwise. */
const usualMax = 300;

/**
 * Makes a text that others wrote fit to show to a person: bounded, on one line, and with `�` in place of anything that
 * could make it pass for something else.
 *
 * @param max longest result in characters; what is cut off is marked with an ellipsis
 */
export function inert(text: string, max: number = usualMax): string {
  // Cut before the search, so that a text of any length costs the same. A character takes up to two code units.
  const clean = text.slice(0, max * 4).replace(misleadingRuns, '\ufffd');
  const whole = text.length <= max * 4;
  // Most texts have no more code units than characters are allowed: nothing has to be counted.
  if (whole && clean.length <= max) return clean;
  const characters = Array.from(clean);
  if (whole && characters.length <= max) return clean;
  return `${characters.slice(0, max - 1).join('')}…`;
}

/** The same for someone investigating a problem: what is misleading is written out, as `\u001b` or `\u{e0041}`. */
export function escaped(text: string): string {
  return text.replace(misleading, (found) => Array.from(found, written).join(''));
}

function written(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
