import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** More windows or unused links than any person has. Beyond it the oldest is dropped. */
const maxKept = 20;

/** A printed link that was not opened expires after this (milliseconds): terminals and logs are kept. */
export const linkLivesFor = 10 * 60_000;

/**
 * The keys of one window. Browsers send the cookie to every port of this computer, so it gives access only to the
 * window's files; to act takes the page's own secret, which only a page of our origin can read.
 */
export interface WindowKeys {
  cookie: string;
  page: string;
}

/** The secrets that open the loopback HTTP, all valid for this run only. */
export interface Keys {
  /** For this user's programs, which read it from `control.json`. */
  readonly bearer: string;
  /** By this the core proves to them that it is the one from `control.json`: never sent. */
  readonly proof: string;
  isBearer(token: string): boolean;
  /** A token for one link. It opens one window, once, within ten minutes. */
  issueLinkToken(): string;
  /**
   * @param cookie what the browser already has, so that its other window keeps working
   * @returns the keys of a new window, or null when the token is unknown, used or too old.
   */
  redeemLinkToken(token: string, cookie?: string): WindowKeys | null;
  /** Whether a window was opened with this cookie. */
  isWindowCookie(cookie: string): boolean;
  /** Whether these two were issued together, to one window. */
  isWindow(cookie: string, page: string): boolean;
}

/** @param now milliseconds of a monotonic clock */
export function createKeys(now: () => number = () => performance.now()): Keys {
  const bearer = newSecret();
  const proof = newSecret();
  const links: { token: string; until: number }[] = [];
  const windows: WindowKeys[] = [];
  return {
    bearer,
    proof,
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

/** The header in which a program challenges the core, with random text, and the one in which the core answers it. */
export const challengeHeader = 'x-postern-challenge';
export const proofHeader = 'x-postern-proof';

/**
 * The answer to a challenge. A program that has taken the port of a core that has ended cannot know it.
 *
 * @param proof the secret from `control.json`
 */
export function answerTo(challenge: string, proof: string): string {
  return createHmac('sha256', proof).update(challenge).digest('base64url');
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function keep<T>(list: T[], entry: T): T {
  list.push(entry);
  if (list.length > maxKept) list.shift();
  return entry;
}

/** Compares digests, so that the time taken reveals neither length nor content. */
export function sameSecret(given: string, ours: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(ours));
}
