import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import table from '../../assets/oauth-providers.json' with { type: 'json' };
import known from '../../assets/providers.json' with { type: 'json' };
import { oauthProvidersSchema } from '../../proxy/contract/index.ts';
import { askedScopes } from '../../proxy/oauth/asked-scopes.ts';
import { findIssuer } from '../../proxy/oauth/issuer.ts';
import { oauthProvider, oauthProviderAt, oauthProviderKnownAs, scopesFor } from '../../proxy/oauth/providers.ts';

const { providers } = oauthProvidersSchema.parse(table);

test('every row is in form, has a name of its own, and is known to the table of providers', () => {
  expect(new Set(providers.map(({ id }) => id)).size).toBe(providers.length);
  const names = providers.flatMap(({ knownAs }) => knownAs);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !known.providers.some((row) => row.name === name))).toEqual([]);
});

test('whoever takes tokens alone has a row', () => {
  const alone = known.providers.filter(({ signIn }) => signIn === 'oauth-only').map(({ name }) => name);
  expect(alone.filter((name) => oauthProviderKnownAs(name) === null)).toEqual([]);
});

test('no row brings a client id: nobody’s is ours to borrow', () => {
  expect(JSON.stringify(table)).not.toMatch(
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\/v2\.0)|\d+-\w+\.apps\.googleusercontent/,
  );
});

test('a person who has to get a client id is told how', () => {
  for (const { id, clientId, steps, limits } of providers) {
    expect([id, steps.length > 0]).toEqual([id, true]);
    if (clientId === 'own') expect([id, steps.length >= 3, limits.length > 0]).toEqual([id, true, true]);
  }
});

test('the document for people says what the table says, and what was checked with whom', () => {
  const said = readFileSync(new URL('../../docs/oauth.md', import.meta.url), 'utf8');
  const facts = providers.flatMap(({ steps, limits, documentation, reports = [], unchecked }) => [
    ...[...steps, ...limits, ...unchecked],
    ...documentation.map(({ page, checked }) => (checked === undefined ? `<${page}>` : `- ${checked}: <${page}>`)),
    ...reports.map(({ page, says }) => `- ${says} <${page}>`),
  ]);
  expect(facts.filter((fact) => !said.includes(fact))).toEqual([]);
});

test('an organisation’s own directory is asked as its provider is, at its own endpoints', async () => {
  const issuer = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
  const own = { authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` };
  const scopes_supported = ['openid', 'profile', 'email', 'offline_access'];
  const { server, row } = await findIssuer({ issuer }, async (url) =>
    url === `${issuer}/.well-known/openid-configuration`
      ? Response.json({ issuer, ...own, scopes_supported })
      : new Response(null, { status: 404 }),
  );
  expect(server).toMatchObject(own);
  expect(row?.redirect).toEqual({ host: 'localhost', path: '' });
  expect(askedScopes({ server, row }, undefined, ['smtp'])).toBe('https://outlook.office.com/SMTP.Send offline_access');
  expect(oauthProviderAt(new URL('https://issuer.example/'))).toBeNull();
});

test('what is asked for is what the account’s relays take', () => {
  const microsoft = oauthProvider('microsoft');
  if (!microsoft) throw new Error('no row');
  expect(scopesFor(microsoft, ['imap', 'smtp'])).toEqual([
    'https://outlook.office.com/IMAP.AccessAsUser.All',
    'https://outlook.office.com/SMTP.Send',
    'offline_access',
  ]);
  expect(scopesFor(microsoft, ['pop3'])).toEqual(['https://outlook.office.com/POP.AccessAsUser.All', 'offline_access']);
});
