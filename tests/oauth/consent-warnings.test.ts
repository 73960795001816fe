import { describe, expect, test } from 'vitest';
import { consentWarnings, needsUse } from '../../proxy/oauth/consent-warnings.ts';
import { newGrant, type OAuthSignIn } from '../../proxy/oauth/grant.ts';

const begun = new Date('2026-01-01T12:00:00Z');
const onDay = (days: number) => new Date(begun.getTime() + days * 86_400_000);
const grantOf = (signIn: OAuthSignIn, refreshDays: number | null = null) => {
  const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 3600 };
  const refreshExpiresIn = refreshDays === null ? null : refreshDays * 86_400;
  return newGrant({ signIn, relays: [] }, { id: 'c', secret: null }, { ...tokens, refreshExpiresIn }, begun);
};
const microsoft: OAuthSignIn = { kind: 'oauth', user: 'u', provider: 'microsoft' };
const google: OAuthSignIn = { kind: 'oauth', user: 'u', provider: 'google' };
const own: OAuthSignIn = { kind: 'oauth', user: 'u', issuer: 'https://issuer.test' };

describe('a consent that nobody uses', () => {
  test('is told of two weeks before it ends, and not earlier', () => {
    expect(consentWarnings(grantOf(microsoft), microsoft, onDay(75))).toEqual([]);
    expect(consentWarnings(grantOf(microsoft), microsoft, onDay(77))).toEqual([
      'Nobody has used this consent since 2026-01-01. Outlook.com, Hotmail, Live ends it on 2026-04-01 unless it is used.',
    ]);
    expect(consentWarnings(grantOf(own), own, onDay(1000))).toEqual([]);
  });

  test('is used for its own sake once half of the time is over', () => {
    expect(needsUse(grantOf(microsoft), microsoft, onDay(44))).toBe(false);
    expect(needsUse(grantOf(microsoft), microsoft, onDay(46))).toBe(true);
    expect(needsUse(grantOf(own), own, onDay(1000))).toBe(false);
  });
});

describe('a consent that ends whatever happens', () => {
  test('of a Google project in “Testing”: told at once', () => {
    expect(consentWarnings(grantOf(google, 7), google, begun)).toEqual([expect.stringContaining('“Testing”')]);
    expect(consentWarnings(grantOf(google, 180), google, begun)).toEqual([]);
  });

  test('of an own issuer: three days before', () => {
    expect(consentWarnings(grantOf(own, 30), own, onDay(26))).toEqual([]);
    expect(consentWarnings(grantOf(own, 30), own, onDay(28))).toEqual([
      'The provider ends this consent on 2026-01-31. Sign in once more before that.',
    ]);
  });
});
