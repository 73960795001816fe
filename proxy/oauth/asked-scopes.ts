import type { Protocol } from '../contract/index.ts';
import type { Issuer } from './issuer.ts';
import { scopesFor } from './providers.ts';

/** draft-ietf-mailmaint-oauth-public: reading and sending mail, whatever the server. */
export const mailScope = 'urn:ietf:params:oauth:scope:mail';

/**
 * The scopes that consent is asked for: the account's own, else those of the provider's row, else what the issuer
 * offers of what mail needs: the scope for mail, who the user is (OpenID Connect, which `offline_access` belongs to),
 * and renewable tokens.
 *
 * @param protocols of the account's relays
 */
export function askedScopes(
  { server, row }: Issuer,
  configured: readonly string[] | undefined,
  protocols: readonly Protocol[],
): string {
  if (configured && configured.length > 0) return configured.join(' ');
  if (row) return scopesFor(row, protocols).join(' ');
  const wanted = ['openid', mailScope, 'email', 'offline_access'];
  const offered = server.scopes_supported;
  const found =
    offered === undefined ? [mailScope, 'offline_access'] : wanted.filter((scope) => offered.includes(scope));
  return found.join(' ');
}
