import { expect, test } from 'vitest';
import { newGrant, type OAuthSignIn, readGrant, saveGrant, withTokens } from '../../proxy/oauth/grant.ts';
import { memoryVault } from './support/stage.ts';

const signIn: OAuthSignIn = { kind: 'oauth', user: 'alice', issuer: 'https://issuer.test' };
const relays = ['IMAP.issuer.test.', 'imap.issuer.test', 'smtp.issuer.test'].map((server) => ({
  ...{ name: server, protocol: 'imap' as const, listen: 0, port: 993, tls: 'implicit' as const },
  server,
}));
const client = { id: 'c', secret: null };
const tokens = { accessToken: 'a', refreshToken: 'r', expiresIn: 3600, refreshExpiresIn: null };
const now = new Date('2026-11-27T12:00:00Z');

test('is kept as one record, and read for the very sign-in that it was given for', async () => {
  const vault = memoryVault();
  const grant = newGrant({ signIn, relays }, client, tokens, now);
  await saveGrant(vault, 'Mail', grant);
  expect(await readGrant(vault, 'Mail', signIn)).toEqual(grant);
  expect(grant.servers).toEqual(['imap.issuer.test', 'smtp.issuer.test']);
  const others: OAuthSignIn[] = [
    { ...signIn, user: 'bob' },
    { ...signIn, issuer: 'https://other.test' },
    { ...signIn, clientId: 'c' },
    { ...signIn, scopes: ['x'] },
  ];
  for (const other of others) expect(await readGrant(vault, 'Mail', other)).toBe('consent-missing');
  expect(await readGrant(vault, 'Other', signIn)).toBe('consent-missing');
});

test.each(['', '{', '{}', '{"version":2}', 'null'])('a record that is none: %j', async (text) => {
  const vault = memoryVault();
  await vault.write('Mail', 'oauth-tokens', text);
  expect(await readGrant(vault, 'Mail', signIn)).toBe('consent-missing');
});

test('a renewal without a new refresh token keeps the old one; one with it replaces it', () => {
  const grant = newGrant({ signIn, relays }, client, tokens, now);
  const later = new Date('2026-11-27T13:00:00Z');
  const kept = withTokens(grant, { ...tokens, accessToken: 'b', refreshToken: null }, later);
  expect(kept).toMatchObject({
    accessToken: 'b',
    refreshToken: 'r',
    accessUntil: '2026-11-27T14:00:00.000Z',
    consentedAt: now.toISOString(),
  });
  expect(withTokens(kept, { ...tokens, refreshToken: 's' }, later).refreshToken).toBe('s');
});

test('when a consent ends whatever happens is kept, and a time beyond all dates is none', () => {
  const week = newGrant({ signIn, relays }, client, { ...tokens, refreshExpiresIn: 604_800 }, now);
  expect(week.consentUntil).toBe('2026-12-04T12:00:00.000Z');
  expect(withTokens(week, tokens, now).consentUntil).toBe('2026-12-04T12:00:00.000Z');
  expect(newGrant({ signIn, relays }, client, { ...tokens, expiresIn: 1e300 }, now).accessUntil).toMatch(/^2036/);
});
