import { expect, test } from 'vitest';
import { createKeys } from '../../../main/http/keys.ts';

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
  const session = keys.redeemLinkToken(token) ?? '';
  expect(session).not.toBe(token);
  expect(keys.isWindowSession(session)).toBe(true);
  expect(keys.redeemLinkToken(token)).toBeNull();
  expect([token, keys.bearer, ''].map(keys.isWindowSession)).toEqual([false, false, false]);
});

test('of links and windows the newest twenty are kept', () => {
  const keys = createKeys();
  const tokens = Array.from({ length: 21 }, () => keys.issueLinkToken());
  expect(keys.redeemLinkToken(tokens[0] ?? '')).toBeNull();
  expect(keys.redeemLinkToken(tokens[1] ?? '')).not.toBeNull();
});
