import type { IncomingMessage } from 'node:http';
import type { Keys } from './keys.ts';

/**
 * Who is asking: our own window, a program of this user, a browser that has only the window's cookie and may load its
 * files, or a client without any secret.
 */
export type Visitor = 'window' | 'program' | 'browser' | 'stranger';

/** The header in which the page presents its secret. No page of another origin can send it. */
export const pageHeader = 'x-postern-window';

/** More cookies than browsers keep for one host (Chromium: 180). */
const maxNamesakes = 200;

/** Cookies ignore ports: the name keeps two cores on one computer apart. */
export function cookieName(port: number): string {
  return `postern-${port}`;
}

/**
 * Whether a request is meant for us, and comes from no page but ours: DNS rebinding (a foreign name in `Host`) and pages of
 * another origin both end here.
 */
export function isMeantForUs({ headers }: IncomingMessage, port: number): boolean {
  const ourHost = `127.0.0.1:${port}`;
  if (headers.host !== ourHost) return false;
  if (headers.origin !== undefined && headers.origin !== `http://${ourHost}`) return false;
  // Browsers set this header and pages cannot: `none` means that a person typed the address or clicked outside the
  // browser.
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/**
 * Whether the browser was led to us by a page at another port of this computer: it may be a window of an earlier run.
 * Such a page may open a link, and nothing else: it cannot see the result.
 */
export function isLedHere({ headers }: IncomingMessage, port: number): boolean {
  return (
    headers.host === `127.0.0.1:${port}` &&
    headers.origin === undefined &&
    headers['sec-fetch-site'] === 'same-site' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/**
 * Screens where a request comes from, before looking at anything else in it.
 *
 * @returns who is asking, or null when the request is not meant for us or comes from a page that is not ours.
 */
export function screenVisitor(request: IncomingMessage, port: number, keys: Keys): Visitor | null {
  if (!isMeantForUs(request, port)) return null;
  const { origin, authorization, cookie } = request.headers;
  const bearer = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return origin === undefined && keys.isBearer(bearer) ? 'program' : 'stranger';
  const secret = windowCookie(cookie, port, keys);
  if (secret === undefined) return 'stranger';
  const page = request.headers[pageHeader];
  if (page === undefined) return 'browser';
  return keys.isWindow(secret, String(page)) ? 'window' : 'stranger';
}

/**
 * The cookie of a window that we opened, in a `Cookie` header. Programs at other ports of this computer can set cookies of
 * our name too, which the browser puts before ours when they are for a longer path.
 */
export function windowCookie(header: string | undefined, port: number, keys: Keys): string | undefined {
  const ours = `${cookieName(port)}=`;
  const named = (header ?? '').split(/;\s*/).filter((pair) => pair.startsWith(ours));
  return named
    .slice(0, maxNamesakes)
    .map((pair) => pair.slice(ours.length))
    .find((value) => keys.isWindowCookie(value));
}
