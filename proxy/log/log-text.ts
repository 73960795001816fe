import { escaped } from '../contract/index.ts';

/**
 * A text made fit for one line of a log or a terminal: what could steer it or pretend to be something else is written out,
 * and what is longer than `max` characters is cut.
 */
export function logText(text: string, max = 2000): string {
  return escaped(text.length > max ? `${text.slice(0, max)}… (${text.length} characters)` : text);
}
