import { escaped } from '../contract/index.ts';

/**
 * Makes a text fit for one line of a log or a terminal: characters that could control it or pass for something else are
 * written out, and anything beyond `max` characters is cut.
 */
export function logText(text: string, max = 2000): string {
  return escaped(text.length > max ? `${text.slice(0, max)}… (${text.length} characters)` : text);
}
