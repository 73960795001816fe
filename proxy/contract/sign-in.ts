import type { SignIn } from './sign-in-configuration.ts';

/** Why Postern cannot sign in for an account. These words are relied on by scripts: add, never rename. */
export const signInNeeds = [
  /** No password was stored yet. */
  'password-missing',
  /** The server does not accept the stored one. */
  'password-refused',
  /** Nobody has consented yet. */
  'consent-missing',
  /** The consent was withdrawn, has run out, or ended with a change of the password. */
  'consent-gone',
  /** What is kept was given for other servers than the account has now: it is sent to no new one unasked. */
  'servers-changed',
  /** What is stored cannot be read: the key is missing, or the system keeps it locked. */
  'vault-unavailable',
] as const;
export type SignInNeed = (typeof signInNeeds)[number];

/** What an account is waiting for. It stays until it is supplied, for anyone who missed the event. */
export interface SignInNeeded {
  reason: SignInNeed;
  /** ISO 8601. */
  since: string;
  /** Where to consent, once a person has begun. */
  url?: string;
  /** The same for a machine without a browser (RFC 8628). */
  device?: { url: string; code: string; expiresAt: string };
}

/** How an account signs in, and how that goes. It contains no secret. */
export interface SignInState {
  kind: SignIn['kind'];
  /** The user name at the mail server; null where the mail program supplies it. */
  user: string | null;
  /** Present while a person has something to do. */
  needed?: SignInNeeded;
  /** ISO 8601: when the server last accepted the sign-in. */
  signedInAt?: string;
  /** What will need a person soon, each a plain sentence. */
  warnings?: readonly string[];
}

/** One account. Keyed by its name. */
export interface AccountRow {
  name: string;
  signIn: SignInState;
}

/** Where the vault's key is kept. */
export const vaultKeyPlaces = ['keychain', 'systemd-credential', 'file'] as const;
export type VaultKeyPlace = (typeof vaultKeyPlaces)[number];

/**
 * The mail server to practise with, and the one sign-in that it knows. It protects nothing: the server holds what
 * newcomers send to themselves, and listens on this computer only. RFC 6761 §6.3: a name below localhost leads nowhere
 * else.
 */
export const practiceServer = { host: 'practice.localhost', user: 'you@practice.localhost', password: 'practice' };

/** Why a sign-in that a person began failed. These words are relied on by scripts: add, never rename. */
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
  /** Another program listens at the one port that the provider lets the browser return to. */
  'return-port-taken',
  /** The provider issued a token that expires, and none to renew it with. */
  'no-refresh-token',
  /** Someone other than the account's user has consented. */
  'wrong-mailbox',
  /** The mail server does not accept the token, for another reason. */
  'server-refused',
  'issuer-not-trusted',
  'issuer-unavailable',
  /** The provider rejects the request itself: client id, scopes. */
  'configuration',
  /** What the provider gave could not be stored. */
  'not-stored',
] as const;
export type SignInFailure = (typeof signInFailures)[number];

/** Where a person has to go to sign in: with a browser on this computer, or with a code on another one (RFC 8628). */
export type ConsentStep =
  | { event: 'open'; url: string }
  /** `expiresAt`: ISO 8601. */
  | { event: 'device'; url: string; code: string; expiresAt: string };
