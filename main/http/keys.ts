import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** More than any person has windows or unused links. Above it the oldest goes. */
const maxKept = 20;

/** The secrets that open the loopback HTTP, all of them of this run alone. */
export interface Keys {
  /** For programs of this user, which read it from `control.json`. */
  readonly bearer: string;
  isBearer(token: string): boolean;
  /** A token for one link. It opens one window, once. */
  issueLinkToken(): string;
  /** @returns the secret of a new window session, or null when the token is unknown or used. */
  redeemLinkToken(token: string): string | null;
  isWindowSession(secret: string): boolean;
}

export function createKeys(): Keys {
  const bearer = newSecret();
  const links: string[] = [];
  const sessions: string[] = [];
  return {
    bearer,
    isBearer: (token) => sameSecret(token, bearer),
    issueLinkToken: () => keep(links, newSecret()),
    redeemLinkToken(token) {
      const index = links.findIndex((link) => sameSecret(token, link));
      if (index === -1) return null;
      links.splice(index, 1);
      return keep(sessions, newSecret());
    },
    isWindowSession: (secret) => sessions.some((session) => sameSecret(secret, session)),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function keep(list: string[], secret: string): string {
  list.push(secret);
  if (list.length > maxKept) list.shift();
  return secret;
}

/** Compares digests, so that neither length nor content shows in the time that it takes. */
function sameSecret(given: string, ours: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(ours));
}
