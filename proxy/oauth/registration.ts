import { IssuerAnswered, IssuerRefused } from './failures.ts';
import type { Issuer } from './issuer.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import type { OAuthClient } from './token-endpoint.ts';

/**
 * Has the issuer register this Postern as a public client of its own (RFC 7591). Repeated for each consent, with the
 * exact address that the browser returns to: servers differ in how much of it may vary.
 *
 * @param way a redirect URI, or null for a machine without a browser
 * @throws IssuerRefused where the issuer registers no clients, IssuerAnswered, and what the fetch rejects with
 */
export async function registerClient(
  { server }: Issuer,
  { redirectUri, scope }: { redirectUri: string | null; scope: string },
  fetch: JudgedFetch,
  signal: AbortSignal,
): Promise<OAuthClient> {
  const host = new URL(server.issuer).host;
  if (server.registration_endpoint === undefined) throw new IssuerRefused('no-client-id', { host });
  const oauth = await import('oauth4webapi');
  const way = redirectUri === null ? 'urn:ietf:params:oauth:grant-type:device_code' : 'authorization_code';
  try {
    const response = await oauth.dynamicClientRegistrationRequest(
      server,
      {
        client_name: 'Postern',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: [way, 'refresh_token'],
        response_types: redirectUri === null ? [] : ['code'],
        redirect_uris: redirectUri === null ? [] : [redirectUri],
        scope,
      },
      { [oauth.customFetch]: fetch as never, signal },
    );
    const { client_id: id, client_secret: secret } = await oauth.processDynamicClientRegistrationResponse(response);
    return { id, secret: typeof secret === 'string' ? secret : null };
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) throw new IssuerAnswered('invalid_client_metadata', error.status);
    if (error instanceof oauth.OperationProcessingError) throw new IssuerRefused('not-understood', { host });
    throw error;
  }
}
