import type { SecretStore } from '../vault/secret-store.ts';
import { type OAuthSignIn, readGrant } from './grant.ts';
import type { IssuerMemory } from './issuer-memory.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import { createTokenEndpoint } from './token-endpoint.ts';

/** Whether the issuer was told that a consent is over, or it is only forgotten here. */
export type Revocation = 'revoked' | 'forgotten';

/** What is needed to revoke consents. */
export interface RevocationContext {
  vault: SecretStore;
  issuers: IssuerMemory;
  fetch: JudgedFetch;
}

/**
 * Reads what has to be revoked, so that it can be forgotten here before the issuer is told: whatever the issuer does
 * then, nothing of it remains.
 *
 * @returns tells the issuer (RFC 7009), which never fails; null where there is no consent to revoke
 * @throws VaultUnavailable
 */
export async function prepareRevocation(
  account: string,
  signIn: OAuthSignIn,
  { vault, issuers, fetch }: RevocationContext,
): Promise<(() => Promise<Revocation>) | null> {
  const grant = await readGrant(vault, account, signIn);
  if (typeof grant === 'string') return null;
  return async () => {
    try {
      const issuer = await issuers.find(signIn);
      if (issuer.server.revocation_endpoint === undefined) return 'forgotten';
      const endpoint = await createTokenEndpoint(issuer, grant.client, fetch);
      // RFC 7009 §2.1: revoking the refresh token also revokes the access tokens of the same consent.
      await endpoint.revoke(grant.refreshToken ?? grant.accessToken);
      return 'revoked';
    } catch {
      return 'forgotten';
    }
  };
}
