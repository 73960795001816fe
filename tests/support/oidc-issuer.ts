import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { atEnd } from './clean-up.ts';
import { type Identity, issue } from './pki.ts';

/** A real issuer (oidc-provider) over TLS: registration, code with PKCE, device code, rotation, revocation, `iss` in answers. */
export interface OidcIssuer {
  /** Its identifier, an address at `localhost`. */
  url: string;
  port: number;
  /** The requests to its token endpoint so far: the grant types, in order. */
  grants: string[];
  /** Every token that it has issued, access and refresh alike. */
  given: string[];
  /** The secrets in the requests to its token endpoint: codes, verifiers, device codes. */
  brought: string[];
  /** The ids of the clients that have registered, in order. */
  clients: string[];
  /** Every path that was requested. */
  asked: string[];
  /** The public key for verifying its access tokens (RS256), as PEM. */
  publicKey: string;
  /** While set, answers in its place; returns false to let the real issuer answer. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /**
   * Signs in as this user and consents, as a person with a browser would. Returns the address that the browser is sent
   * to.
   */
  consentAs(user: string, url: string): Promise<string>;
  /** Does the same for a code that was displayed (RFC 8628). */
  consentToCode(user: string, url: string): Promise<void>;
  /** Revokes a token (RFC 7009), as the person can on the provider's page. */
  revoke(clientId: string, token: string): Promise<void>;
  stop(): Promise<void>;
  /** Starts again on the same port. @param identity a different certificate */
  start(identity?: Identity): Promise<void>;
}

/** The scope for mail, as draft-ietf-mailmaint-oauth-public names it. */
const mailScope = 'urn:ietf:params:oauth:scope:mail';

/**
 * @param options.accessTokenSeconds how long an access token is valid; an hour by default
 * @param options.clients static clients in addition to those that register
 */
export async function startOidcIssuer(options: {
  authority: Identity;
  identity?: Identity;
  accessTokenSeconds?: number;
  clients?: Record<string, unknown>[];
}): Promise<OidcIssuer> {
  const { authority, accessTokenSeconds = 3600, clients = [] } = options;
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let identity = options.identity ?? issue(authority, { names: ['localhost'] });
  const grants: string[] = [];
  const asked: string[] = [];
  const given: string[] = [];
  const brought: string[] = [];
  const registered: string[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.destroy();

  const open = async (port: number) => {
    const server = createServer({ cert: identity.chainPem, key: identity.keyPem }, (request, response) => {
      asked.push(`${request.method} ${(request.url ?? '').split('?')[0]}`);
      if (issuer.intercept?.(request, response)) return;
      answer(request, response);
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await open(0);
  const { port } = server.address() as AddressInfo;
  const url = `https://localhost:${port}`;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  atEnd(() => close());

  const browse = createBrowser(authority);
  const issuer: OidcIssuer = {
    url,
    port,
    grants,
    given,
    brought,
    clients: registered,
    asked,
    publicKey: (keys.publicKey as KeyObject).export({ type: 'spki', format: 'pem' }).toString(),
    intercept: null,
    async consentAs(user, address) {
      const jar = new Map<string, string>();
      let page = await browse(address, jar);
      for (let step = 0; step < 8; step += 1) {
        if (page.left !== null) return page.left;
        page = await browse(formOf(page), jar, answersFor(page.text, user));
      }
      throw new Error(`no way back from ${page.url}`);
    },
    async consentToCode(user, address) {
      const jar = new Map<string, string>();
      let page = await browse(address, jar);
      for (let step = 0; step < 8; step += 1) {
        if (/Sign-in Success|has been successful/i.test(page.text)) return;
        page = await browse(formOf(page), jar, answersFor(page.text, user));
      }
      throw new Error(`no end at ${page.url}: ${page.text.slice(0, 400)}`);
    },
    async revoke(clientId, token) {
      await browse(`${url}/token/revocation`, new Map(), { client_id: clientId, token });
    },
    stop: close,
    async start(other) {
      if (other) identity = other;
      server = await open(port);
    },
  };

  // It prints warnings about features meant only for tests, which this is.
  const provider = quietly(
    () =>
      new Provider(url, {
        clients,
        jwks: {
          keys: [{ ...(keys.privateKey as KeyObject).export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'a' }],
        },
        cookies: { keys: ['tests'] },
        scopes: ['openid', 'offline_access', mailScope],
        claims: { openid: ['sub'] },
        clientDefaults: { id_token_signed_response_alg: 'RS256' },
        rotateRefreshToken: true,
        ttl: {
          AccessToken: accessTokenSeconds,
          RefreshToken: 86_400,
          Grant: 86_400,
          Session: 3600,
          Interaction: 600,
          DeviceCode: 300,
          IdToken: 3600,
        },
        findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
        // Dovecot 2.3 accepts no other type.
        formats: {
          customizers: {
            jwt(_context: unknown, _token: unknown, parts: { header: object }) {
              parts.header = { ...parts.header, typ: 'JWT' };
            },
          },
        },
        extraTokenClaims: (_: unknown, { accountId }: { accountId: string }) => ({ email: accountId }),
        features: {
          devInteractions: { enabled: true },
          deviceFlow: { enabled: true },
          registration: { enabled: true },
          revocation: { enabled: true, allowedPolicy: () => true },
          resourceIndicators: {
            enabled: true,
            defaultResource: () => 'urn:mail',
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({
              scope: mailScope,
              accessTokenFormat: 'jwt',
              accessTokenTTL: accessTokenSeconds,
              jwt: { sign: { alg: 'RS256' } },
            }),
          },
        },
      }),
  );
  provider.on('grant.success', ({ body }) => {
    for (const token of [body.access_token, body.refresh_token]) if (typeof token === 'string') given.push(token);
  });
  provider.on('registration_create.success', (_, { clientId }) => registered.push(clientId));
  const callback = provider.callback();
  answer = (request, response) => {
    if (request.method === 'POST' && request.url === '/token') noteGrant(request, grants, brought);
    callback(request, response);
  };
  return issuer;
}

/** The body is inspected as it passes: the issuer reads it itself. */
function noteGrant(request: IncomingMessage, grants: string[], brought: string[]): void {
  const { emit } = request;
  let text = '';
  request.emit = (event: string, ...rest: unknown[]) => {
    if (event === 'data') text += String(rest[0]);
    if (event === 'end') {
      const asked = new URLSearchParams(text);
      grants.push(asked.get('grant_type') ?? '');
      for (const key of ['code', 'code_verifier', 'device_code']) brought.push(...asked.getAll(key));
    }
    return emit.call(request, event, ...rest);
  };
}

function quietly<T>(work: () => T): T {
  const { console } = globalThis;
  const before = { info: console.info, warn: console.warn };
  console.info = () => undefined;
  console.warn = () => undefined;
  try {
    return work();
  } finally {
    Object.assign(console, before);
  }
}

interface Page {
  url: string;
  text: string;
  /** Where the browser is sent outside of the issuer. */
  left: string | null;
}

/** The part of a browser that its pages need: cookies, redirects and forms. */
function createBrowser(authority: Identity) {
  const agent = new Agent({ ca: authority.certPem, keepAlive: false });
  return async function browse(
    address: string,
    jar: Map<string, string>,
    fields: Record<string, string> | null = null,
  ): Promise<Page> {
    let url = new URL(address);
    let body = fields === null ? null : new URLSearchParams(fields).toString();
    for (let hop = 0; hop < 12; hop += 1) {
      const sent = request(url, {
        agent,
        method: body === null ? 'GET' : 'POST',
        headers: {
          Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body === null ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
        },
      });
      sent.end(body ?? undefined);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      let text = '';
      for await (const chunk of response) text += chunk;
      const { location } = response.headers;
      if (location === undefined) return { url: url.href, text, left: null };
      const next = new URL(location, url);
      if (next.protocol === 'http:') return { url: url.href, text, left: next.href };
      url = next;
      body = null;
    }
    throw new Error(`a circle at ${url.href}`);
  };
}

function formOf({ text, url }: Page): string {
  const action = /<form[^>]*action="([^"]*)"/.exec(text)?.[1];
  if (action === undefined) throw new Error(`no form at ${url}: ${text.slice(0, 600)}`);
  return new URL(action.replaceAll('&amp;', '&'), url).href;
}

function answersFor(text: string, user: string): Record<string, string> {
  const hidden = [...text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
    /name="([^"]*)"/.exec(input)?.[1] ?? '',
    /value="([^"]*)"/.exec(input)?.[1] ?? '',
  ]);
  return { ...Object.fromEntries(hidden), login: user, password: 'any' };
}
