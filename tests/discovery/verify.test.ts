import { expect, test } from 'vitest';
import type { Protocol } from '../../proxy/contract/index.ts';
import { verifyServer } from '../../proxy/discovery/verify.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { lineProtocols } from '../support/line-protocols.ts';
import { issue } from '../support/pki.ts';
import { createInternet } from './support/internet.ts';

const net = createInternet();

/** What a server says about its capabilities, asked over real TLS. */
async function ask(protocol: Protocol, inside: FakeUpstreamOptions['inside']) {
  const identity = issue(net.authority, { names: ['localhost'] });
  const more = { tls: 'implicit' as const, identity, ...(inside && { inside }) };
  const upstream = await startFakeUpstream(protocol === 'ldap' ? { protocol, ...more } : { protocol, ...more });
  const candidate = { protocol, server: 'localhost', port: upstream.port, tls: 'implicit' as const };
  const context = net.context({ resolve: async () => ['127.0.0.1'] });
  const verified = await verifyServer(candidate, context, new AbortController().signal);
  return { way: verified.signIn, said: (await upstream.connection(0)).inside().toString() };
}

test.each([
  ['imap', ['IMAP4rev1', 'AUTH=XOAUTH2', 'LOGINDISABLED'], 'oauth-only'],
  ['imap', ['IMAP4rev1', 'AUTH=XOAUTH2', 'AUTH=PLAIN', 'LOGINDISABLED'], 'password'],
  ['imap', ['IMAP4rev1'], 'password'],
  ['smtp', ['AUTH XOAUTH2'], 'oauth-only'],
  ['smtp', ['AUTH PLAIN XOAUTH2'], 'password'],
  ['smtp', ['SIZE 1000'], 'unknown'],
  ['pop3', ['SASL XOAUTH2'], 'oauth-only'],
  ['pop3', ['USER', 'SASL XOAUTH2'], 'password'],
  ['pop3', '-ERR what?\r\n', 'unknown'],
  ['nntp', ['VERSION 2', 'AUTHINFO SASL', 'SASL XOAUTH2'], 'oauth-only'],
  ['nntp', ['VERSION 2', 'AUTHINFO USER SASL', 'SASL XOAUTH2'], 'password'],
  ['nntp', ['VERSION 2', 'READER'], 'unknown'],
  ['nntp', '500 what?\r\n', 'unknown'],
] as const)('%s with %j: %s', async (protocol, capabilities, way) => {
  const given = typeof capabilities === 'string' ? capabilities : [...capabilities];
  expect((await ask(protocol, { capabilities: given })).way).toBe(way);
});

test.each(lineProtocols)('%s: nothing is said that could sign anyone in', async (protocol) => {
  const { said } = await ask(protocol, undefined);
  expect(said.replace(/^P[0-9a-f]+ /gm, '')).toMatch(
    /^(?:CAPABILITY|EHLO \[127\.0\.0\.1\]|CAPA|CAPABILITIES)\r\n(?:LOGOUT|QUIT)?/,
  );
  expect(said).not.toMatch(/AUTH|LOGIN|USER|PASS/);
});

test('ldap: a directory takes a password, and is asked nothing to know that', async () => {
  const { way, said } = await ask('ldap', undefined);
  expect(way).toBe('password');
  expect(said.length).toBeLessThan(8);
});
