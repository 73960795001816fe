import * as z from 'zod';

/** What the fields of the configuration are made of. Each message says what was expected. */

export const name = (what: string) =>
  z
    .string({ error: `expected the ${what}'s name as text` })
    .min(1, { error: `expected the ${what}'s name, found an empty text` })
    .max(100, { error: `expected the ${what}'s name in at most 100 characters` })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/u, {
      error: `expected the ${what}'s name without control characters`,
    });

export const hostName = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, { error: `expected ${what}, found an empty text` })
    .max(255, { error: `expected ${what} of at most 255 characters` })
    .regex(/^(?:[^\s/@:[\]\\?#%]+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)$/u, {
      error: `expected ${what} alone; no scheme, port, path or user name`,
    });

export const path = (what: string) =>
  z.string({ error: `expected ${what}` }).min(1, { error: `expected ${what}, found an empty text` });

export const wholeNumber = (what: string, min: number, max: number) =>
  z
    .int({ error: `expected ${what}: a whole number from ${min} to ${max}` })
    .min(min, { error: `expected ${what}: a whole number from ${min} to ${max}` })
    .max(max, { error: `expected ${what}: a whole number from ${min} to ${max}` });

/** `"smtp", "imap" or "pop3"` */
export const oneOf = (words: readonly string[]) =>
  `${words
    .slice(0, -1)
    .map((each) => `"${each}"`)
    .join(', ')} or "${words.at(-1)}"`;

export const user = z
  .string({ error: 'expected the user name at the mail server as text' })
  .min(1, { error: 'expected the user name at the mail server, found an empty text' })
  .max(255, { error: 'expected the user name at the mail server in at most 255 characters' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SASL separates with NUL and ^A, and no name holds the others
  .regex(/^[^\u0000-\u001f\u007f]*$/u, { error: 'expected the user name without control characters' });

export const word = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .max(1000, { error: `expected ${what} of at most 1000 characters` })
    .regex(/^[\x21-\x7e]+$/, { error: `expected ${what}: a text without blanks` });

/** The message for keys that the format does not have; undefined for any other issue. */
export function unknownKeys(issue: { code?: string | undefined; keys?: string[] }): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  const keys = (issue.keys ?? []).map((key) => JSON.stringify(key)).join(', ');
  return `unknown key ${keys}; look for a typing error, or remove it`;
}
