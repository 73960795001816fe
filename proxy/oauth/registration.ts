import * as z from 'zod';
import type { SecretStore } from '../vault/secret-store.ts';
import { IssuerAnswered, IssuerRefused } from './failures.ts';
import type { Issuer } from './issuer.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import type { OAuthClient } from './token-endpoint.ts';

/** The client that an issuer has registered this Postern as, for one account. */
export interface Registration {
  /** The address on this computer that an earlier registration is for: if the browser returns there, it is used again. */
  readonly returnTo: string | null;
  /** @param redirectUri where the browser returns to; null for a machine without one @throws as `registerClient` */
  client(redirectUri: string | null): Promise<OAuthClient>;
  /** Keeps it for the next consent: it has led to one. */
  keep(): Promise<void>;
}

const keptSchema = z.strictObject({
  issuer: z.string(),
  scope: z.string(),
  redirectUri: z.string().nullable(),
  client: z.strictObject({ id: z.string(), secret: z.string().nullable() }),
});
type Kept = z.output<typeof keptSchema>;

/**
 * Uses the client of an account's last consent again, where it was registered for the same thing; issuers need not
 * collect one for every time that somebody signs in.
 *
 * @throws VaultUnavailable
 */
export async function createRegistration(
  account: string,
  { issuer, scope, device }: { issuer: Issuer; scope: string; device: boolean },
  { vault, fetch }: { vault: SecretStore; fetch: JudgedFetch },
  signal: AbortSignal,
): Promise<Registration> {
  const name = issuer.server.issuer;
  const before = parse(await vault.read(account, 'oauth-registration'));
  const fits = before?.issuer === name && before.scope === scope && (before.redirectUri === null) === device;
  let kept: Kept | null = fits ? before : null;
  return {
    returnTo: kept?.redirectUri ?? null,
    async client(redirectUri) {
      if (kept?.redirectUri !== redirectUri) {
        const client = await registerClient(issuer, { redirectUri, scope }, fetch, signal);
        kept = { issuer: name, scope, redirectUri, client };
      }
      return kept.client;
    },
    async keep() {
      if (kept && kept !== before) await vault.write(account, 'oauth-registration', JSON.stringify(kept));
    },
  };
}

function parse(text: string | null): Kept | null {
  try {
    return text === null ? null : keptSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Has the issuer register this Postern as a public client of its own (RFC 7591), with the exact address that the
 * browser returns to: servers differ in how much of it may vary.
 *
 * @param way a redirect URI, or null for a machine without a browser
 * @throws IssuerRefused where the issuer registers no clients, IssuerAnswered, and what the fetch rejects with
 */
async function registerClient(
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
    if (!isClientText(id) || (typeof secret === 'string' && !isClientText(secret))) {
      throw new IssuerRefused('not-understood', { host });
    }
    return { id, secret: typeof secret === 'string' ? secret : null };
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) throw new IssuerAnswered('invalid_client_metadata', error.status);
    if (error instanceof oauth.OperationProcessingError) throw new IssuerRefused('not-understood', { host });
    throw error;
  }
}

/** Printable ASCII (RFC 6749 §2.2, appendix A.1, A.2); issuers use some dozens of characters. */
function isClientText(text: string): boolean {
  return /^[\x20-\x7e]{1,4096}$/.test(text);
}
