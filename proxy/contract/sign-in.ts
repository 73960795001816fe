import type { SignIn } from './configuration.ts';

/** Why Postern cannot sign in for an account. These words are relied on by scripts: add, never rename. */
export const signInNeeds = [
  /** No password was stored yet. */
  'password-missing',
  /** The server does not take the stored one. */
  'password-refused',
  /** Nobody has consented yet. */
  'consent-missing',
  /** The consent was withdrawn, has run out, or ended with a change of the password. */
  'consent-gone',
  /** What is stored cannot be read: the key is missing, or the system keeps it locked. */
  'vault-unavailable',
] as const;
export type SignInNeed = (typeof signInNeeds)[number];

/** What an account waits for. It stays until it is given: who missed the event finds it here. */
export interface SignInNeeded {
  reason: SignInNeed;
  /** ISO 8601. */
  since: string;
  /** Where to consent, once a person has begun to. */
  url?: string;
  /** The same for a machine without a browser (RFC 8628). */
  device?: { url: string; code: string; expiresAt: string };
}

/** How an account signs in, and how that goes. No secret is in it. */
export interface SignInState {
  kind: SignIn['kind'];
  /** The user name at the mail server; null where the mail program has it. */
  user: string | null;
  /** There while a person has something to do. */
  needed?: SignInNeeded;
  /** ISO 8601: when the server last took the sign-in. */
  signedInAt?: string;
  /** What will need a person soon, each a plain sentence. */
  warnings?: readonly string[];
}

/** One account. Keyed by its name. */
export interface AccountRow {
  name: string;
  signIn: SignInState;
}

/** Where the key of the vault lies. */
export const vaultKeyPlaces = ['keychain', 'systemd-credential', 'file'] as const;
export type VaultKeyPlace = (typeof vaultKeyPlaces)[number];
