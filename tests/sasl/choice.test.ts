import { expect, test } from 'vitest';
import { type Credential, fittingWays } from '../../proxy/sasl/choice.ts';

const place = { server: 'mail.test', port: 587 };
const password: Credential = { kind: 'password', user: 'u', password: 'p' };
const token: Credential = { kind: 'token', user: 'u', token: 't' };

test.each<[string[], boolean, Credential, string[]]>([
  [['PLAIN', 'LOGIN', 'SCRAM-SHA-256'], true, password, ['SCRAM-SHA-256', 'PLAIN', 'LOGIN', 'command']],
  [['login', 'plain'], false, password, ['PLAIN', 'LOGIN']],
  [[], true, password, ['command']],
  [['XOAUTH2', 'OAUTHBEARER', 'NTLM', 'CRAM-MD5', 'SCRAM-SHA-256-PLUS'], false, password, []],
  [['PLAIN', 'XOAUTH2', 'OAUTHBEARER'], true, token, ['OAUTHBEARER', 'XOAUTH2']],
  [['xoauth2'], false, token, ['XOAUTH2']],
  [['PLAIN', 'LOGIN'], true, token, []],
])('of %j (command: %s) fit for %j: %j', (mechanisms, command, credential, fitting) => {
  const ways = fittingWays(credential, { mechanisms, command }, place);
  expect(ways.map((way) => (way === 'command' ? way : way.name))).toEqual(fitting);
});
