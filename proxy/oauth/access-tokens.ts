import { canonicalServer } from '../contract/index.ts';
import { type AccessTokens, NoToken } from '../gate/access-tokens.ts';
import type { SignIns } from '../gate/sign-ins.ts';
import { orAborted } from '../net/or-aborted.ts';
import type { SecretStore } from '../vault/secret-store.ts';
import { consentWarnings } from './consent-warnings.ts';
import { explainFailure, isConsentOver } from './explain.ts';
import { type Grant, type OAuthSignIn, readGrant, saveGrant, withTokens } from './grant.ts';
import type { IssuerMemory } from './issuer-memory.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

/** What is needed to renew tokens. */
export interface AccessTokensContext {
  vault: SecretStore;
  issuers: IssuerMemory;
  fetch: JudgedFetch;
  signIns: Pick<SignIns, 'need' | 'warn'>;
  /** How an account signs in, by the configuration in force; null if not by tokens. */
  signInOf(account: string): OAuthSignIn | null;
  now: () => Date;
}

/**
 * A token is renewed when less than this is left of it, or a fifth of its life (milliseconds): a session has to begin
 * with it.
 */
const marginMilliseconds = 5 * 60_000;

/** After a failure the issuer is left alone: 5 s, then twice as long each time, up to five minutes. */
const firstPause = 5_000;
const longestPause = 5 * 60_000;

/**
 * Minimum time between renewals because a server refused a token, in milliseconds: a server that refuses everything
 * must not cause a flood of requests to the issuer.
 */
const betweenRefusals = 30_000;

interface Trouble {
  failures: number;
  /** By `performance.now()`, which setting the clock does not affect. */
  until: number;
  error: NoToken;
}

/**
 * Hands out access tokens and renews them: ahead of time, with one request under way per account; new tokens are on
 * disk before they are used, since the refresh token they were obtained with may no longer be valid.
 */
export function createAccessTokens(context: AccessTokensContext): AccessTokens {
  const { vault, issuers, fetch, signIns, signInOf, now } = context;
  const underWay = new Map<string, Promise<string>>();
  const troubles = new Map<string, Trouble>();
  const refusals = new Map<string, number>();

  /** @param server where a token is to go; null for none @throws NoToken, VaultUnavailable */
  async function held(account: string, server: string | null = null): Promise<{ signIn: OAuthSignIn; grant: Grant }> {
    const signIn = signInOf(account);
    if (!signIn) throw new NoToken('consent-needed');
    const grant = await readGrant(vault, account, signIn);
    if (typeof grant !== 'string' && (server === null || grant.servers.includes(canonicalServer(server)))) {
      return { signIn, grant };
    }
    signIns.need(account, typeof grant === 'string' ? grant : 'servers-changed');
    throw new NoToken('consent-needed', issuerName(signIn));
  }

  /** Many callers at once share the result of one request. It goes on when one of them leaves. */
  function renew(account: string, mayUse: (grant: Grant) => boolean): Promise<string> {
    const known = underWay.get(account);
    if (known) return known;
    const asked = renewNow(account, mayUse).finally(() => underWay.delete(account));
    underWay.set(account, asked);
    return asked;
  }

  async function renewNow(account: string, mayUse: (grant: Grant) => boolean): Promise<string> {
    const { signIn, grant } = await held(account);
    // Somebody else's renewal may have ended between the check and our turn.
    if (mayUse(grant)) return grant.accessToken;
    const { refreshToken } = grant;
    if (refreshToken === null) return over(account, signIn, grant);
    const trouble = troubles.get(account);
    if (trouble && performance.now() < trouble.until) throw trouble.error;
    try {
      const issuer = await issuers.find(signIn);
      const endpoint = await createTokenEndpoint(issuer, grant.client, fetch);
      const next = withTokens(grant, await endpoint.refresh(refreshToken), now());
      const meanwhile = await held(account);
      // Signed out, or in again, while the issuer was asked: the new tokens belong to a consent that no longer exists.
      if (meanwhile.grant.refreshToken !== refreshToken) return meanwhile.grant.accessToken;
      await saveGrant(vault, account, next);
      troubles.delete(account);
      signIns.warn(account, consentWarnings(next, signIn, now()));
      return next.accessToken;
    } catch (error) {
      if (error instanceof NoToken) throw error;
      if (isConsentOver(error)) {
        const latest = (await held(account)).grant;
        return latest.refreshToken === refreshToken ? over(account, signIn, grant) : latest.accessToken;
      }
      throw troubled(account, signIn, error);
    }
  }

  /** The consent is over. That is stored, so that it is known after a restart. @throws NoToken */
  async function over(account: string, signIn: OAuthSignIn, grant: Grant): Promise<never> {
    await saveGrant(vault, account, { ...grant, refreshToken: null, accessToken: '', ended: true });
    issuers.forget(signIn);
    signIns.need(account, 'consent-gone');
    throw new NoToken('consent-needed', issuerName(signIn));
  }

  /** The consent is kept, and the issuer is asked again later. */
  function troubled(account: string, signIn: OAuthSignIn, cause: unknown): NoToken {
    const failures = (troubles.get(account)?.failures ?? 0) + 1;
    const pause = Math.min(longestPause, firstPause * 2 ** (failures - 1));
    const error = new NoToken('issuer-unavailable', issuerName(signIn), { cause });
    troubles.set(account, { failures, until: performance.now() + pause, error });
    issuers.forget(signIn);
    // The person is warned because of configuration faults; other failures are over soon.
    signIns.warn(account, [explainFailure(cause).sentence]);
    return error;
  }

  async function current(account: string, server: string | null, signal: AbortSignal): Promise<string> {
    const { grant } = await held(account, server);
    if (isFresh(grant, now())) return grant.accessToken;
    try {
      return await orAborted(
        renew(account, (latest) => isFresh(latest, now())),
        signal,
      );
    } catch (error) {
      // Ahead of time: what is left of the old token serves meanwhile.
      const kept = error instanceof NoToken && error.because !== 'consent-needed';
      if (kept && isValid(grant, now())) return grant.accessToken;
      throw error;
    }
  }

  return {
    current,
    async keepAlive(account, signal) {
      await current(account, null, signal);
    },
    async renewed(account, server, refused, signal) {
      const other = (grant: Grant) => grant.accessToken !== refused;
      const { grant } = await held(account, server);
      if (other(grant)) return grant.accessToken;
      const last = refusals.get(account);
      if (last !== undefined && performance.now() - last < betweenRefusals && !underWay.has(account)) return refused;
      refusals.set(account, performance.now());
      return orAborted(renew(account, other), signal);
    },
  };
}

/** The name by which people know the issuer. */
function issuerName({ provider, issuer }: OAuthSignIn): string | undefined {
  return issuer === undefined ? provider : new URL(issuer).host;
}

function isValid({ accessUntil }: Grant, now: Date): boolean {
  return accessUntil === null || now.getTime() < Date.parse(accessUntil);
}

/** A clock that was set back makes a token from the future: that is renewed, too. */
function isFresh({ accessUntil, obtainedAt }: Grant, now: Date): boolean {
  if (accessUntil === null) return true;
  const [from, until] = [Date.parse(obtainedAt), Date.parse(accessUntil)];
  const margin = Math.min(marginMilliseconds, (until - from) / 5);
  return from <= now.getTime() + marginMilliseconds && now.getTime() < until - margin;
}
