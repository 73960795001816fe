import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** More than any person has windows or unused links. Above it the oldest goes. */
const maxKept = 20;

/** A link that was printed and not opened is worth nothing after this (milliseconds): terminals and logs are kept. */
export const linkLivesFor = 10 * 60_000;

/**
 * What opens one window. The cookie is sent to every port of this computer by itself, so it lets in to the window's files
 * alone; whoever acts shows the page's own secret, which only a page of our origin can read.
 */
export interface WindowKeys {
  cookie: string;
  page: string;
}

/** The secrets that open the loopback HTTP, all of them of this run alone. */
export interface Keys {
  /** For programs of this user, which read it from `control.json`. */
  readonly bearer: string;
  isBearer(token: string): boolean;
  /** A token for one link. It opens one window, once, within ten minutes. */
  issueLinkToken(): string;
  /**
   * @param cookie what the browser has already: another window of it keeps working
   * @returns the keys of a new window, or null when the token is unknown, used or too old.
   */
  redeemLinkToken(token: string, cookie?: string): WindowKeys | null;
  /** Whether a window was opened with this cookie. */
  isWindowCookie(cookie: string): boolean;
  /** Whether these two were given to one window together. */
  isWindow(cookie: string, page: string): boolean;
}

/** @param now milliseconds of a clock that never jumps */
export function createKeys(now: () => number = () => performance.now()): Keys {
  const bearer = newSecret();
  const links: { token: string; until: number }[] = [];
  const windows: WindowKeys[] = [];
  return {
    bearer,
    isBearer: (token) => sameSecret(token, bearer),
    issueLinkToken: () => keep(links, { token: newSecret(), until: now() + linkLivesFor }).token,
    redeemLinkToken(given, has) {
      const index = links.findIndex(({ token }) => sameSecret(given, token));
      const [link] = index === -1 ? [] : links.splice(index, 1);
      if (!link || now() >= link.until) return null;
      const known = has !== undefined && windows.some(({ cookie }) => sameSecret(has, cookie));
      return keep(windows, { cookie: known ? has : newSecret(), page: newSecret() });
    },
    isWindowCookie: (given) => windows.some(({ cookie }) => sameSecret(given, cookie)),
    isWindow: (givenCookie, givenPage) =>
      windows.some(({ cookie, page }) => sameSecret(givenCookie, cookie) && sameSecret(givenPage, page)),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function keep<T>(list: T[], entry: T): T {
  list.push(entry);
  if (list.length > maxKept) list.shift();
  return entry;
}

/** Compares digests, so that neither length nor content shows in the time that it takes. */
function sameSecret(given: string, ours: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(ours));
}
