import { expect, test } from 'vitest';
import { askedScopes, mailScope } from '../../proxy/oauth/asked-scopes.ts';
import { oauthProvider } from '../../proxy/oauth/providers.ts';

const issuer = (scopes_supported?: string[]) => ({
  server: { issuer: 'https://issuer.test', ...(scopes_supported ? { scopes_supported } : {}) },
  row: null,
});

test('what the account says goes before everything', () => {
  expect(askedScopes(issuer(['openid']), ['a', 'b'], ['imap'])).toBe('a b');
  expect(askedScopes({ ...issuer(), row: oauthProvider('google') }, ['a'], ['imap'])).toBe('a');
});

test('a provider’s row knows what its relays take', () => {
  const row = oauthProvider('google');
  expect(askedScopes({ ...issuer(), row }, undefined, ['imap', 'smtp'])).toBe('https://mail.google.com/');
});

test('of an own issuer: what mail takes, as far as it is there', () => {
  expect(askedScopes(issuer(['openid', 'phone', 'email', 'offline_access']), undefined, ['imap'])).toBe(
    'openid email offline_access',
  );
  expect(askedScopes(issuer([mailScope, 'offline_access']), undefined, [])).toBe(`${mailScope} offline_access`);
  // RFC 8414 §2: the list is a recommendation, and may be missing.
  expect(askedScopes(issuer(), undefined, ['imap'])).toBe(`${mailScope} offline_access`);
});
