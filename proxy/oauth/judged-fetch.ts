import { isIP } from 'node:net';
import { askVerified, type PageContext } from '../discovery/verified-page.ts';
import { isRedirection } from '../net/http-exchange.ts';
import type { TlsContext } from '../trust/tls/secure-upstream.ts';
import { IssuerRefused } from './failures.ts';

/** What is needed to ask an issuer. Nobody is asked about its certificate: it verifies, or it is refused. */
export interface IssuerContext extends Omit<PageContext, 'tlsContext'> {
  /** Asked for at each use: configured authorities count for issuers as they do for mail servers. */
  tlsContext(): TlsContext;
  /** For connection, handshake and answer together. */
  timeoutMilliseconds(): number;
}

/** What oauth4webapi hands to a `customFetch`. */
export interface FetchOptions {
  method: string;
  headers: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}
export type JudgedFetch = (url: string, options: FetchOptions) => Promise<Response>;

/** Metadata is some KiB, an answer with tokens a few; a large issuer's keys about 20. */
const maxBytes = 256 * 1024;
/** An issuer may move its metadata within its own host; more redirects are a loop. */
const maxRedirects = 2;

/**
 * Speaks to an issuer over TLS that was verified by the same rules as a mail server's. Only https is spoken, and a
 * redirect is followed only for a request without a body, to the same host and port.
 *
 * The function rejects with `Refused` when the server cannot be reached or verified, with `DownloadFailed`, with
 * `IssuerRefused` for an address that must not be asked, or with the signal's reason.
 */
export function createJudgedFetch(context: IssuerContext): JudgedFetch {
  return async (address, { method, headers, body, signal }) => {
    const timeout = AbortSignal.timeout(context.timeoutMilliseconds());
    const wanted = { method: method === 'POST' ? 'POST' : 'GET', headers, body: textOf(body) } as const;
    const question = { ...wanted, maxBytes, signal: signal ? AbortSignal.any([signal, timeout]) : timeout };
    let url = placeOf(address);
    for (let hop = 0; ; hop += 1) {
      const answer = await askVerified(url, question, { ...context, tlsContext: context.tlsContext() });
      const next = method === 'GET' ? redirection(answer, url) : null;
      if (!next) return responseOf(answer);
      if (hop === maxRedirects) throw new IssuerRefused('redirected', { host: url.host });
      url = next;
    }
  };
}

/** @throws IssuerRefused for anything but an https address without user information */
function placeOf(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base?.href) : null;
  if (url?.protocol === 'http:') throw new IssuerRefused('not-encrypted', { host: url.host });
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new IssuerRefused('no-address', {});
  }
  if (isIP(url.hostname) === 0 && !url.hostname.startsWith('[') && !/^[a-z0-9.-]+$/.test(url.hostname)) {
    throw new IssuerRefused('no-address', {});
  }
  return url;
}

/** Where a redirect leads; null where the answer is already here. What is sent to one host is never sent to another. */
function redirection({ status, headers }: { status: number; headers: Record<string, string> }, from: URL): URL | null {
  const { location } = headers;
  if (!isRedirection(status) || location === undefined) return null;
  const url = placeOf(location, from);
  if (url.host !== from.host) throw new IssuerRefused('elsewhere', { host: from.host, other: url.host });
  return url;
}

function textOf(body: unknown): string | undefined {
  return body === undefined || body === null ? undefined : String(body);
}

/** RFC 9110 §15: these have no body, and `Response` accepts none for them. */
function responseOf({ status, headers, body }: { status: number; headers: Record<string, string>; body: Buffer }) {
  const allowed = status >= 200 && status <= 599 ? status : 502;
  const empty = [204, 205, 304].includes(allowed);
  return new Response(empty ? null : new Uint8Array(body), { status: allowed, headers });
}
