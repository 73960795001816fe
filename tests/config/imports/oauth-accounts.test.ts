import { describe, expect, test } from 'vitest';
import { importEmailOauth2Proxy } from '../../../proxy/config/imports/email-oauth2-proxy.ts';
import { mergeImport } from '../../../proxy/config/imports/imported.ts';
import { oauthAccountOf } from '../../../proxy/config/imports/oauth-accounts.ts';
import { configurationSchema } from '../../../proxy/contract/index.ts';

const section = (name: string, options: Record<string, string>) => ({
  name,
  line: 1,
  options: Object.entries(options).map(([key, value]) => ({ key, value, line: 1 })),
});

test.each([
  ['consumers', 'ada@example.org', { provider: 'microsoft' }],
  ['common', 'ada@hotmail.com', { provider: 'microsoft' }],
  ['common', 'ada@example.org', { provider: 'microsoft-365' }],
  ['organizations', 'ada@example.org', { provider: 'microsoft-365' }],
  ['0a0b', 'ada@example.org', { issuer: 'https://login.microsoftonline.com/0a0b/v2.0' }],
])('Microsoft, %s, %s', (tenant, user, from) => {
  const token_url = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
  const found = oauthAccountOf(section(user, { token_url, client_id: 'an-id' }));
  expect(found?.signIn).toEqual({ kind: 'oauth', user, clientId: 'an-id', ...from });
  expect([
    found?.has('outlook.office365.com'),
    found?.has('smtp-mail.outlook.com'),
    found?.has('imap.gmail.com'),
  ]).toEqual([true, true, false]);
});

test.each([
  ['an issuer that is not in the table', { token_url: 'https://login.example/token' }],
  ['no address', { token_url: 'x' }],
  ['nobody who consents', { token_url: 'https://oauth2.googleapis.com/token', oauth2_flow: 'service_account' }],
])('none of ours: %s', (_, options) => expect(oauthAccountOf(section('a@b.example', options))).toBeNull());

describe('a whole file', () => {
  const text = `[IMAP-1993]
server_address = outlook.office365.com
server_port = 993
[SMTP-1587]
server_address = smtp-mail.outlook.com
server_port = 587
server_starttls = True
[IMAP-2993]
server_address = imap.gmail.com
server_port = 993
[ada@hotmail.com]
token_url = https://login.microsoftonline.com/common/oauth2/v2.0/token
client_id = ms-id
access_token = gAAAA-token
[bob@hotmail.com]
token_url = https://login.microsoftonline.com/common/oauth2/v2.0/token
client_id = ms-id
[ada@gmail.com]
token_url = https://oauth2.googleapis.com/token
client_id = g-id
client_secret = a-secret-of-mine
`;

  test('each account gets the servers of its provider; a second one of the same provider is named', () => {
    const empty = configurationSchema.parse({ version: 1, accounts: [] });
    const { added, notes, configuration } = mergeImport(empty, importEmailOauth2Proxy(text, 'emailproxy.config'));
    expect(added.map(({ name, signIn, relays }) => [name, signIn, relays.map(({ listen }) => listen)])).toEqual([
      [
        'ada@hotmail.com',
        { kind: 'oauth', user: 'ada@hotmail.com', provider: 'microsoft', clientId: 'ms-id' },
        [1993, 1587],
      ],
      ['ada@gmail.com', { kind: 'oauth', user: 'ada@gmail.com', provider: 'google', clientId: 'g-id' }, [2993]],
    ]);
    expect(configurationSchema.safeParse(configuration).success).toBe(true);
    const said = notes.map(({ place, message }) => `${place} ${message}`).join('\n');
    expect(said).toContain('[bob@hotmail.com] not carried: another account of the file has these ports now');
    expect(said).toContain('[ada@gmail.com] the client secret is not carried');
    expect(said).toContain('[ada@hotmail.com] its tokens are not carried');
    expect(JSON.stringify({ notes, configuration })).not.toMatch(/gAAAA|a-secret/);
  });
});
