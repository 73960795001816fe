import { describe, expect, test } from 'vitest';
import { ConfigurationError, issueText } from '../../../proxy/config/configuration-error.ts';
import { importEmailOauth2Proxy, isEmailOauth2Proxy } from '../../../proxy/config/imports/email-oauth2-proxy.ts';

const file = '/home/ada/emailproxy.config';

/** In the form of the file that comes with the proxy: explanations with indented lines, servers, accounts, secrets. */
const usual = `[Email OAuth 2.0 Proxy configuration file]
documentation = A sample.
\tIt goes on: with = and : in it.

[Server setup]
documentation = Local servers.

[IMAP-1993]
local_address = localhost
server_address = outlook.office365.com
server_port = 993

[POP-1995]
server_address = outlook.office365.com
server_port = 995

[SMTP-1587]
server_address = smtp.office365.com
server_port = 587
starttls = True

[Account setup]
documentation = Accounts.

[ada@example.org]
permission_url = https://login.example/authorize
token_url = https://login.example/token
client_id = an-id
client_secret = a-secret-of-mine
token_salt = abc
access_token = gAAAA-token

[emailproxy]
delete_account_token_on_password_error = False
`;

describe('a file', () => {
  test('as it is delivered', () => {
    const { relays, notes, program } = importEmailOauth2Proxy(usual, file);
    expect(program).toBe('Email OAuth 2.0 Proxy');
    expect(relays).toEqual([
      {
        section: 'outlook.office365.com-imap',
        protocol: 'imap',
        listen: 1993,
        server: 'outlook.office365.com',
        port: 993,
        tls: 'implicit',
      },
      {
        section: 'outlook.office365.com-pop3',
        protocol: 'pop3',
        listen: 1995,
        server: 'outlook.office365.com',
        port: 995,
        tls: 'implicit',
      },
      {
        section: 'smtp.office365.com-smtp',
        protocol: 'smtp',
        listen: 1587,
        server: 'smtp.office365.com',
        port: 587,
        tls: 'starttls',
      },
    ]);
    expect(notes).toEqual([
      {
        place: '[ada@example.org]',
        message:
          'not carried: Postern does not know this way of signing in. Give the account a "signIn" with the "issuer" of your ' +
          'provider (docs/oauth.md), or use a password that it accepts from mail programs (often called an app password)',
      },
    ]);
    expect(JSON.stringify(notes)).not.toMatch(/a-secret|gAAAA/);
  });

  test('of a newer version, open to the network, with TLS on this side', () => {
    const text = `[IMAP-2993]
server_address: imap.example.org
server_port: 143
server_starttls: yes
local_address: 0.0.0.0
local_certificate_path: /etc/a.pem
local_key_path: /etc/a.key
local_starttls: True
custom_limit = 5
[SMTP-2465]
local_address = 127.0.0.1
server_address = smtp.example.org
server_port = 465
[POP-2995]
local_address = ::1
server_address = pop.example.org
server_port = 995
`;
    const { relays, notes } = importEmailOauth2Proxy(text, file);
    expect(relays.map(({ listen, port, tls }) => [listen, port, tls])).toEqual([
      [2993, 143, 'starttls'],
      ['127.0.0.1:2465', 465, 'implicit'],
      ['[::1]:2995', 995, 'implicit'],
    ]);
    expect(notes.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      '[IMAP-2993] local_address: not carried: it listened on 0.0.0.0, where other computers may connect; Postern serves other computers only where "lan" lists them',
      '[IMAP-2993] local_certificate_path: not carried: between mail program and Postern there is no encryption; switch it off in the mail program',
      '[IMAP-2993] custom_limit: not carried: Postern has nothing of this kind',
    ]);
  });
});

test.each([
  ['[IMAP-1993]\nserver_port = 993\n', '[IMAP-1993]: expected server_address'],
  ['[IMAP-1993]\nserver_address = a.example\n', '[IMAP-1993]: expected server_port'],
  ['[IMAP-1993]\nserver_address =\nserver_port = 1\n', '[IMAP-1993]: expected a value for server_address'],
  [
    '[IMAP-1993]\nserver_address = a\nserver_port = x\n',
    '[IMAP-1993] server_port: expected a port from 1 to 65535, found "x"',
  ],
  [
    '[IMAP-99999]\nserver_address = a\nserver_port = 1\n',
    '[IMAP-99999]: expected a port from 1 to 65535, found "99999"',
  ],
  ['[IMAP-1993]\nserver_address\n', 'line 2: expected "[section]" or "option = value", found neither'],
])('a broken file is refused: %j', (text, words) => {
  let issues: string[] = [];
  try {
    importEmailOauth2Proxy(text, file);
  } catch (error) {
    issues = error instanceof ConfigurationError ? error.issues.map(issueText) : [String(error)];
  }
  expect(issues).toEqual([words]);
});

test.each([
  [usual, true],
  ['[SMTP-1587]\nserver_address = a\n', true],
  ['client = yes\n[imap]\naccept = 1\n', false],
  ['', false],
])('is told from others: %#', (text, is) => expect(isEmailOauth2Proxy(text)).toBe(is));

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  '97: an option and an account named %s are nothing that is carried, and nothing else',
  (name) => {
    const text = `[IMAP-1993]\nserver_address = mail.test\nserver_port = 993\n`;
    const { relays, notes } = importEmailOauth2Proxy(`${text}${name} = 1\n[${name}]\nclient_id = x\n`, file);
    expect(relays).toEqual(importEmailOauth2Proxy(text, file).relays);
    expect(notes.map(({ place }) => place)).toEqual([`[IMAP-1993] ${name.toLowerCase()}`, `[${name}]`]);
  },
);

test.each(['constructor', '__proto__'])('honest: 97: a server called %s is one as any other', (name) => {
  const { relays } = importEmailOauth2Proxy(`[IMAP-1993]\nserver_address = ${name}\nserver_port = 993\n`, file);
  expect(relays).toMatchObject([{ section: `${name}-imap`, server: name }]);
});
