import { expect, test } from 'vitest';
import { createKeys, linkLivesFor } from '../../../main/http/keys.ts';

test('every secret is its own, long, and fit for a URL and a cookie', () => {
  const [one, two] = [createKeys(), createKeys()];
  const secrets = [one.bearer, two.bearer, one.issueLinkToken(), one.issueLinkToken()];
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
  expect(new Set(secrets).size).toBe(4);
  expect([
    one.isBearer(one.bearer),
    one.isBearer(two.bearer),
    one.isBearer(''),
    one.isBearer(`${one.bearer}x`),
  ]).toEqual([true, false, false, false]);
});

test('a link token opens one window, once', () => {
  const keys = createKeys();
  const token = keys.issueLinkToken();
  expect(keys.redeemLinkToken('')).toBeNull();
  expect(keys.redeemLinkToken(keys.bearer)).toBeNull();
  const opened = keys.redeemLinkToken(token);
  const { cookie = '', page = '' } = opened ?? {};
  expect(new Set([token, cookie, page]).size).toBe(3);
  expect(keys.isWindowCookie(cookie)).toBe(true);
  expect(keys.isWindow(cookie, page)).toBe(true);
  expect(keys.redeemLinkToken(token)).toBeNull();
  expect([token, keys.bearer, '', page].map(keys.isWindowCookie)).toEqual([false, false, false, false]);
});

test('86: the cookie of one window and the secret of another do not go together', () => {
  const keys = createKeys();
  const [one, two] = [1, 2].map(() => keys.redeemLinkToken(keys.issueLinkToken()));
  expect(keys.isWindow(one?.cookie ?? '', two?.page ?? '')).toBe(false);
  expect(keys.isWindow(one?.cookie ?? '', one?.cookie ?? '')).toBe(false);
  expect(keys.isWindow(one?.cookie ?? '', '')).toBe(false);
});

test('86: a link opens within ten minutes, and not after', () => {
  let now = 0;
  const keys = createKeys(() => now);
  const tokens = [keys.issueLinkToken(), keys.issueLinkToken()];
  expect(linkLivesFor).toBe(600_000);
  now = linkLivesFor - 1;
  expect(keys.redeemLinkToken(tokens[0] ?? '')).not.toBeNull();
  now = linkLivesFor;
  expect(keys.redeemLinkToken(tokens[1] ?? '')).toBeNull();
});

test('of links and windows the newest twenty are kept', () => {
  const keys = createKeys();
  const tokens = Array.from({ length: 21 }, () => keys.issueLinkToken());
  expect(keys.redeemLinkToken(tokens[0] ?? '')).toBeNull();
  expect(keys.redeemLinkToken(tokens[1] ?? '')).not.toBeNull();
});
