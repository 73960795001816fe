import * as z from 'zod';
import { type AccountConfiguration, serversOf } from '../contract/index.ts';

const form = z.strictObject({
  password: z.string(),
  /** In their canonical spelling. */
  servers: z.array(z.string()),
});

/**
 * The password of an account at its mail servers, with the names of those servers: it is sent to no others, whatever
 * the configuration says later.
 */
export type StoredPassword = z.output<typeof form>;

/** @returns null for no text, or one that does not hold a password */
export function readStoredPassword(text: string | null): StoredPassword | null {
  if (text === null) return null;
  try {
    return form.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The text that goes into the vault. */
export function writeStoredPassword(password: string, account: Pick<AccountConfiguration, 'relays'>): string {
  return JSON.stringify({ password, servers: serversOf(account) } satisfies StoredPassword);
}
