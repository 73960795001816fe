import type * as Oauth from 'oauth4webapi';
import { webPage } from '../contract/index.ts';
import { IssuerAnswered, IssuerRefused } from './failures.ts';
import type { Issuer } from './issuer.ts';
import type { JudgedFetch } from './judged-fetch.ts';

/** The client that Postern is to an issuer. */
export interface OAuthClient {
  id: string;
  /** What some issuers call a secret, although every copy of a program has it; null where they do not. */
  secret: string | null;
}

/** What a token endpoint gave. */
export interface Tokens {
  accessToken: string;
  /** Null where the current one remains valid. */
  refreshToken: string | null;
  /** Seconds from the answer; null where the issuer does not say. */
  expiresIn: number | null;
  /** The same for the refresh token, where an issuer says so. */
  refreshExpiresIn: number | null;
}

/** A code for a machine without a browser (RFC 8628 §3.2). */
export interface DeviceCode {
  deviceCode: string;
  userCode: string;
  /** Where a person types the code; already containing the code where the issuer offers that. */
  url: string;
  expiresIn: number;
  /** Seconds between two polls. */
  interval: number;
}

/** What is asked of an issuer. Every method rejects with `IssuerAnswered`, `IssuerRefused` or what the fetch rejects with. */
export interface TokenEndpoint {
  /** @throws IssuerRefused when the answer is not the one to this question: another `state`, another `iss` (RFC 9207) */
  readAnswer(query: URLSearchParams, state: string): Promise<URLSearchParams>;
  redeem(answer: URLSearchParams, redirectUri: string, verifier: string): Promise<Tokens>;
  refresh(refreshToken: string): Promise<Tokens>;
  startDevice(scope: string): Promise<DeviceCode>;
  /** Asks once whether the person has consented by now. `authorization_pending` is an answer like any other. */
  pollDevice(deviceCode: string): Promise<Tokens>;
  /** RFC 7009. Does nothing where the issuer has no way to revoke. */
  revoke(token: string): Promise<void>;
}

/** A day covers every time zone that was set wrongly. */
const clockToleranceSeconds = 86_400;

export async function createTokenEndpoint(
  { server }: Issuer,
  { id, secret }: OAuthClient,
  fetch: JudgedFetch,
  signal?: AbortSignal,
): Promise<TokenEndpoint> {
  const oauth = await import('oauth4webapi');
  const host = new URL(server.issuer).host;
  // The dates in an issuer's answer keep an old one from being used again, which TLS to the issuer does already: a clock
  // that is wrong, here or there, keeps nobody from their mail.
  const client: Oauth.Client = { client_id: id, [oauth.clockTolerance]: clockToleranceSeconds };
  const authentication = secret === null ? oauth.None() : oauth.ClientSecretPost(secret);
  const options = { [oauth.customFetch]: fetch as never, ...(signal ? { signal } : {}) };

  async function asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translated(error, oauth, host);
    }
  }

  return {
    readAnswer: (query, state) =>
      asked(async () => {
        // A repeated parameter makes the answer invalid (RFC 6749 §3.1).
        if (new Set(query.keys()).size !== [...query.keys()].length)
          throw new IssuerRefused('not-understood', { host });
        return oauth.validateAuthResponse(server, client, query, state);
      }),
    redeem: (answer, redirectUri, verifier) =>
      asked(async () => {
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          answer,
          redirectUri,
          verifier,
          options,
        );
        return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, response));
      }),
    refresh: (refreshToken) =>
      asked(async () => {
        const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
        return tokensOf(await oauth.processRefreshTokenResponse(server, client, response));
      }),
    startDevice: (scope) =>
      asked(async () => {
        const response = await oauth.deviceAuthorizationRequest(server, client, authentication, { scope }, options);
        const given = await oauth.processDeviceAuthorizationResponse(server, client, response);
        return {
          deviceCode: given.device_code,
          userCode: given.user_code,
          url: pageToOpen(given.verification_uri_complete ?? given.verification_uri, host),
          expiresIn: given.expires_in,
          interval: given.interval ?? 5,
        };
      }),
    pollDevice: (deviceCode) =>
      asked(async () => {
        const response = await oauth.deviceCodeGrantRequest(server, client, authentication, deviceCode, options);
        return tokensOf(await oauth.processDeviceCodeResponse(server, client, response));
      }),
    revoke: (token) =>
      asked(async () => {
        if (server.revocation_endpoint === undefined) return;
        await oauth.processRevocationResponse(
          await oauth.revocationRequest(server, client, authentication, token, options),
        );
      }),
  };
}

/** What is shown to a person, and opened. @throws IssuerRefused */
function pageToOpen(address: string, host: string): string {
  const page = webPage(address);
  if (page === null) throw new IssuerRefused('not-understood', { host });
  return page;
}

/** Tokens are printable ASCII (RFC 6750 §2.1): anything else would break out of a line of SASL or HTTP. */
function tokensOf(answer: Oauth.TokenEndpointResponse): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = null, expires_in: expiresIn = null } = answer;
  const refreshExpiresIn = answer.refresh_token_expires_in ?? answer.refresh_expires_in;
  const plain = (token: string) => /^[\x21-\x7e]{1,16384}$/.test(token);
  if (!plain(accessToken) || (refreshToken !== null && !plain(refreshToken))) {
    throw new IssuerRefused('not-understood', {});
  }
  return {
    accessToken,
    refreshToken,
    expiresIn: expiresIn === null || !Number.isFinite(expiresIn) ? null : Math.max(0, expiresIn),
    refreshExpiresIn: typeof refreshExpiresIn === 'number' && refreshExpiresIn > 0 ? refreshExpiresIn : null,
  };
}

/**
 * The codes of RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 7591 §3.2.2, RFC 8628 §3.5 and OpenID Connect Core
 * §3.1.2.6.
 */
const known = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'access_denied', 'unsupported_response_type', 'server_error', 'temporarily_unavailable'],
  ...['authorization_pending', 'slow_down', 'expired_token', 'unsupported_token_type', 'invalid_redirect_uri'],
  ...['invalid_client_metadata', 'interaction_required', 'login_required', 'consent_required', 'invalid_target'],
  ...['account_selection_required', 'authorization_declined', 'bad_verification_code'],
]);

/** Without the library's `cause`: it contains what the issuer answered, perhaps with tokens. */
function translated(error: unknown, oauth: typeof Oauth, host: string): unknown {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const code = known.has(error.error) ? error.error : 'another error';
    return new IssuerAnswered(code, error instanceof oauth.ResponseBodyError ? error.status : 400);
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) return new IssuerAnswered('invalid_client', error.status);
  if (error instanceof oauth.UnsupportedOperationError) return new IssuerRefused('not-understood', { host });
  if (error instanceof oauth.OperationProcessingError) {
    const { cause } = error;
    const status = cause instanceof Response ? cause.status : 200;
    return status >= 500 || status === 429
      ? new IssuerAnswered('temporarily_unavailable', status)
      : new IssuerRefused('not-understood', { host });
  }
  return error;
}
