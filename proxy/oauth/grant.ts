import * as z from 'zod';
import { type AccountConfiguration, type SignIn, serversOf } from '../contract/index.ts';
import type { SecretStore } from '../vault/secret-store.ts';
import type { OAuthClient, Tokens } from './token-endpoint.ts';

/** The sign-in of an account of the kind `oauth`, as the configuration has it. */
export type OAuthSignIn = Extract<SignIn, { kind: 'oauth' }>;
/** An account of that kind. */
export type OAuthAccount = AccountConfiguration & { signIn: OAuthSignIn };

const time = z.iso.datetime();

/** The result of a person's consent: one record in the vault, so that it is never half there. */
const grantSchema = z.strictObject({
  version: z.literal(1),
  /** What it was given for: another user, issuer or client needs another consent. */
  of: z.string(),
  /** The mail servers that it was given for, in their canonical spelling: its tokens are sent to no others. */
  servers: z.array(z.string()),
  client: z.strictObject({ id: z.string(), secret: z.string().nullable() }),
  /** Null where the issuer gave none, and the access token does not expire. */
  refreshToken: z.string().nullable(),
  accessToken: z.string(),
  /** When the access token was obtained, and when it expires; null where nobody says. */
  obtainedAt: time,
  accessUntil: time.nullable(),
  consentedAt: time,
  /** When the consent expires in any case, where the issuer says so. */
  consentUntil: time.nullable(),
  /** The issuer has said that it is over. */
  ended: z.boolean(),
});
export type Grant = z.output<typeof grantSchema>;

/** What in the configuration a consent depends on. */
function purposeOf({ user, provider, issuer, clientId, scopes }: OAuthSignIn): string {
  return JSON.stringify([user, provider ?? null, issuer ?? null, clientId ?? null, scopes ?? null]);
}

/** Why no consent can be read. */
export type GrantMissing = 'consent-missing' | 'consent-gone';

/**
 * @returns the consent, or why there is no valid one
 * @throws VaultUnavailable
 */
export async function readGrant(
  vault: SecretStore,
  account: string,
  signIn: OAuthSignIn,
): Promise<Grant | GrantMissing> {
  const text = await vault.read(account, 'oauth-tokens');
  const grant = text === null ? null : parse(text);
  if (grant === null || grant.of !== purposeOf(signIn)) return 'consent-missing';
  return grant.ended ? 'consent-gone' : grant;
}

/** @throws VaultUnavailable, or the system's error when the disk does not accept it */
export async function saveGrant(vault: SecretStore, account: string, grant: Grant): Promise<void> {
  await vault.write(account, 'oauth-tokens', JSON.stringify(grant));
}

export function newGrant(
  account: Pick<OAuthAccount, 'signIn' | 'relays'>,
  client: OAuthClient,
  tokens: Tokens,
  now: Date,
): Grant {
  const of = purposeOf(account.signIn);
  const before = {
    version: 1,
    of,
    servers: serversOf(account),
    client,
    refreshToken: null,
    consentUntil: null,
  } as const;
  return withTokens({ ...before, consentedAt: now.toISOString() }, tokens, now);
}

/** The consent with the result of a renewal. Without a new refresh token the old one remains (RFC 6749 §6). */
export function withTokens(
  grant: Omit<Grant, 'accessToken' | 'obtainedAt' | 'accessUntil' | 'ended'>,
  { accessToken, refreshToken, expiresIn, refreshExpiresIn }: Tokens,
  now: Date,
): Grant {
  const after = (seconds: number) => new Date(now.getTime() + Math.min(seconds, maxSeconds) * 1000).toISOString();
  return {
    ...grant,
    refreshToken: refreshToken ?? grant.refreshToken,
    accessToken,
    obtainedAt: now.toISOString(),
    accessUntil: expiresIn === null ? null : after(expiresIn),
    consentUntil: refreshExpiresIn === null ? grant.consentUntil : after(refreshExpiresIn),
    ended: false,
  };
}

/** Ten years: a larger number from an issuer is not a date. */
const maxSeconds = 315_360_000;

function parse(text: string): Grant | null {
  try {
    return grantSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
