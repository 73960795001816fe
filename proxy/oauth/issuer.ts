import type { AuthorizationServer } from 'oauth4webapi';
import type { OAuthProvider } from '../contract/index.ts';
import { IssuerRefused } from './failures.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import { oauthProvider, oauthProviderAt } from './providers.ts';

/** What an account says about where its consent comes from. */
export interface IssuerChoice {
  provider?: string | undefined;
  issuer?: string | undefined;
}

/** An issuer, and Postern's own row about it where there is one. */
export interface Issuer {
  server: AuthorizationServer;
  row: OAuthProvider | null;
}

/** The endpoints that Postern uses: each has to be https before anything is sent there. */
const endpointKeys = [
  'authorization_endpoint',
  'token_endpoint',
  'device_authorization_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
] as const;

/**
 * Where an account's consent comes from: Postern's own row, or the metadata that the issuer publishes by RFC 8414, or
 * else by OpenID Connect Discovery. The issuer they name must be the one that was asked (RFC 8414 §3.3).
 *
 * @throws IssuerRefused, and what the fetch rejects with
 */
export async function findIssuer(choice: IssuerChoice, fetch: JudgedFetch, signal?: AbortSignal): Promise<Issuer> {
  const row = choice.provider === undefined ? null : oauthProvider(choice.provider);
  if (choice.provider !== undefined && row === null) throw new IssuerRefused('unknown-provider', {});
  if (row?.endpoints) return { server: serverOfRow(row), row };
  const address = row?.issuer ?? choice.issuer;
  if (address === undefined || !URL.canParse(address)) throw new IssuerRefused('no-address', {});
  const url = new URL(address);
  if (url.protocol !== 'https:') throw new IssuerRefused('not-encrypted', { host: url.host });
  for (const algorithm of ['oauth2', 'oidc'] as const) {
    const server = await readMetadata(url, algorithm, fetch, signal);
    if (server) return { server: withSafeEndpoints(server, url.host), row: row ?? oauthProviderAt(url) };
  }
  throw new IssuerRefused('no-metadata', { host: url.host });
}

async function readMetadata(
  issuer: URL,
  algorithm: 'oauth2' | 'oidc',
  fetch: JudgedFetch,
  signal: AbortSignal | undefined,
): Promise<AuthorizationServer | null> {
  const oauth = await import('oauth4webapi');
  const response = await oauth.discoveryRequest(issuer, {
    algorithm,
    [oauth.customFetch]: fetch as never,
    ...(signal ? { signal } : {}),
  });
  if (response.status === 404 || response.status === 410) return null;
  try {
    return await oauth.processDiscoveryResponse(issuer, response);
  } catch (error) {
    const mixedUp = (error as { code?: string }).code === oauth.JSON_ATTRIBUTE_COMPARISON;
    if (mixedUp) throw new IssuerRefused('other-issuer', { host: issuer.host });
    // A web server that answers every address with the same page has no metadata here.
    if (algorithm === 'oauth2') return null;
    throw new IssuerRefused('no-metadata', { host: issuer.host });
  }
}

/** @throws IssuerRefused for an endpoint that is not https: tokens sent there give access to a mailbox */
function withSafeEndpoints(server: AuthorizationServer, host: string): AuthorizationServer {
  for (const key of endpointKeys) {
    const endpoint = server[key];
    if (endpoint === undefined) continue;
    const url = typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint) : null;
    if (url?.protocol === 'http:') throw new IssuerRefused('not-encrypted', { host: url.host });
    if (url?.protocol !== 'https:') throw new IssuerRefused('no-address', {});
  }
  if (server.token_endpoint === undefined) throw new IssuerRefused('no-endpoint', { host, what: 'token' });
  return server;
}

function serverOfRow({ issuer, endpoints, scopes }: OAuthProvider): AuthorizationServer {
  return {
    issuer,
    ...(endpoints && {
      authorization_endpoint: endpoints.authorization,
      token_endpoint: endpoints.token,
      ...(endpoints.device === undefined ? {} : { device_authorization_endpoint: endpoints.device }),
      ...(endpoints.revocation === undefined ? {} : { revocation_endpoint: endpoints.revocation }),
    }),
    scopes_supported: [...new Set(Object.values(scopes).flat())],
  };
}
