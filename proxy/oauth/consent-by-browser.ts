import { endPages } from '../contract/index.ts';
import { ConsentFailed, IssuerAnswered, IssuerRefused } from './failures.ts';
import type { Issuer } from './issuer.ts';
import type { JudgedFetch } from './judged-fetch.ts';
import type { AwaitReturn, EndPage, ReturnAddress, ReturnPlace } from './return-address.ts';
import { createTokenEndpoint, type OAuthClient, type Tokens } from './token-endpoint.ts';

/** What is needed to ask for consent. */
export interface ConsentRequest {
  issuer: Issuer;
  /** The address on this computer that the client is registered with, if that is to be used again. */
  returnTo: string | null;
  /** Finds out which client Postern is to the issuer; `redirectUri` is null for a machine without a browser. */
  client(redirectUri: string | null): Promise<OAuthClient>;
  scope: string;
  /** Who is to sign in: passed to the provider's page, which then asks for no name. */
  user: string;
  fetch: JudgedFetch;
  /** Stores what was given, and verifies it. The browser waits, and is shown how that went. */
  keep(tokens: Tokens, client: OAuthClient): Promise<void>;
  /** Ends it with its reason, a `ConsentFailed`. */
  signal: AbortSignal;
}

/**
 * Asks for consent in the system's browser: authorisation code with PKCE (RFC 7636, S256 and nothing else), with an
 * answer that must name this very request (`state`) and, where the issuer says it does, the issuer (RFC 9207). Visits
 * that do not are ignored, and the honest one still counts; the first that does is the only one.
 *
 * @param open receives the address for the browser
 * @throws ConsentFailed; or whatever the issuer's side fails with, or the system's error
 */
export async function consentByBrowser(
  request: ConsentRequest,
  awaitReturn: AwaitReturn,
  open: (url: string) => void,
): Promise<void> {
  const { issuer, fetch, signal, user, scope } = request;
  const { authorization_endpoint: authorization, issuer: name } = issuer.server;
  if (authorization === undefined) throw new ConsentFailed('no-browser-way');
  const oauth = await import('oauth4webapi');
  const state = oauth.generateRandomState();
  const verifier = oauth.generateRandomCodeVerifier();

  let settle: { done: () => void; failed: (error: unknown) => void } | undefined;
  const outcome = new Promise<void>((done, failed) => {
    settle = { done, failed };
  });
  // It may fail before anybody waits for it.
  outcome.catch(() => undefined);
  const give = () => settle?.failed(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', give, { once: true });

  let taken = false;
  let ready: { client: OAuthClient; redirectUri: string } | undefined;
  async function hear(query: URLSearchParams): Promise<EndPage | null> {
    if (taken || !ready) return null;
    const { client, redirectUri } = ready;
    const endpoint = await createTokenEndpoint(issuer, client, fetch, signal);
    let answer: URLSearchParams;
    try {
      answer = await endpoint.readAnswer(query, state);
    } catch (error) {
      if (taken || error instanceof IssuerRefused) return null;
      taken = true;
      settle?.failed(
        error instanceof IssuerAnswered && error.code === 'access_denied' ? new ConsentFailed('denied') : error,
      );
      return { outcome: 'failed', ...endPages.failed };
    }
    if (taken) return null;
    taken = true;
    try {
      await request.keep(await endpoint.redeem(answer, redirectUri, verifier), client);
      settle?.done();
      return { outcome: 'signed-in', ...endPages.signedIn };
    } catch (error) {
      settle?.failed(error);
      return { outcome: 'failed', ...endPages.failed };
    }
  }

  const fixed = issuer.row?.redirect;
  const place: ReturnPlace = {
    host: fixed?.host ?? '127.0.0.1',
    path: fixed?.path ?? null,
    port: fixed?.port ?? null,
  };
  const address = await awaitAgain(request.returnTo, place, (where) => awaitReturn(where, hear)).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? new ConsentFailed('return-port-taken') : error;
    },
  );
  try {
    const { redirectUri } = address;
    const client = await request.client(redirectUri);
    ready = { client, redirectUri };
    const url = new URL(authorization);
    const asked = {
      ...issuer.row?.authorizationParameters,
      // Without it an OpenID issuer gives no refresh token (OpenID Connect Core §11).
      ...(scope.split(' ').includes('offline_access') && scope.split(' ').includes('openid')
        ? { prompt: 'consent' }
        : {}),
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      login_hint: user,
    };
    for (const [key, value] of Object.entries(asked)) url.searchParams.set(key, value);
    if (url.protocol !== 'https:') throw new IssuerRefused('not-encrypted', { host: new URL(name).host });
    open(url.href);
    await outcome;
  } finally {
    signal.removeEventListener('abort', give);
    await address.close();
  }
}

/** Servers differ in how much of a registered address may vary: the same one, or, if another program has its port, a new one. */
async function awaitAgain(
  before: string | null,
  place: ReturnPlace,
  listen: (place: ReturnPlace) => Promise<ReturnAddress>,
): Promise<ReturnAddress> {
  if (before === null) return listen(place);
  const { pathname, port } = new URL(before);
  return listen({ ...place, path: pathname, port: Number(port) }).catch(() => listen(place));
}
