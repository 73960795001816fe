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

/** Why a sign-in that a person began came to nothing. These words are relied on by scripts: add, never rename. */
export const signInFailures = [
  'cancelled',
  /** The provider says that consent was not given. */
  'denied',
  /** Nobody signed in within five minutes. */
  'timeout',
  /** The code for another machine was not used in time. */
  'expired',
  'no-browser-way',
  'no-device-way',
  /** The provider gave a token that ends, and none to renew it with. */
  'no-refresh-token',
  /** Another person than the account's user has consented. */
  'wrong-mailbox',
  /** The mail server does not take the token, for another reason. */
  'server-refused',
  'issuer-not-trusted',
  'issuer-unavailable',
  /** The provider does not accept how it was asked: client id, scopes. */
  'configuration',
  /** What the provider gave could not be stored. */
  'not-stored',
] as const;
export type SignInFailure = (typeof signInFailures)[number];

/** Where a person is to go to sign in: with a browser of this computer, or with a code on another one (RFC 8628). */
export type ConsentStep =
  | { event: 'open'; url: string }
  /** `expiresAt`: ISO 8601. */
  | { event: 'device'; url: string; code: string; expiresAt: string };
