/**
 * A text made fit for one line of a log or a terminal: control characters (line ends and escape sequences among them)
 * and bidirectional overrides are written out as `\u001b`, and what is longer than `max` characters is cut.
 */
export function inert(text: string, max = 2000): string {
  const short = text.length > max ? `${text.slice(0, max)}… (${text.length} characters)` : text;
  return short.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
