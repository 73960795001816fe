import { expect, test } from 'vitest';
import { type AccountConfiguration, configurationSchema, type Protocol } from '../../proxy/contract/index.ts';
import { createStrictDesk } from '../../proxy/discovery/strict-desk.ts';
import { tryToken } from '../../proxy/oauth/try-token.ts';
import { createTlsContexts } from '../../proxy/trust/tls/secure-upstream.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { lineProtocols } from '../support/line-protocols.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { noneBuiltIn } from '../support/roots.ts';

// One sign-in with a new token at each server, by the same exchange as a session's.

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });
const contexts = createTlsContexts({
  authorities: [authority.certPem],
  clientCertificates: new Map(),
  builtIn: noneBuiltIn,
});
const desk = createStrictDesk(() => new Date(), null);
const context = {
  desk,
  resolve: async () => ['127.0.0.1'],
  connectTimeoutMilliseconds: 30_000,
  tlsContext: () => contexts.of(''),
};
const token = 'a.new.token';
const sent = Buffer.from(`user=alice@example.test\x01auth=Bearer ${token}\x01\x01`).toString('base64');
const never = new AbortController().signal;

/** How each protocol offers a sign-in by a token, takes it and refuses it. */
const words = {
  imap: {
    offers: ['IMAP4rev1', 'SASL-IR', 'AUTH=XOAUTH2', 'LOGINDISABLED'],
    begins: 'AUTHENTICATE XOAUTH2',
    challenge: '+ e30=\r\n',
    yes: '{tag} OK in\r\n',
    no: '{tag} NO [AUTHENTICATIONFAILED] no\r\n',
    looks: 'EXAMINE INBOX',
  },
  pop3: {
    offers: ['SASL XOAUTH2'],
    begins: 'AUTH XOAUTH2',
    challenge: '+ e30=\r\n',
    yes: '+OK in\r\n',
    no: '-ERR [AUTH] no\r\n',
    looks: 'STAT',
  },
  smtp: {
    offers: ['AUTH XOAUTH2'],
    begins: 'AUTH XOAUTH2',
    challenge: '334 e30=\r\n',
    yes: '235 in\r\n',
    no: '535 5.7.8 no\r\n',
    looks: null,
  },
  nntp: {
    offers: ['VERSION 2', 'AUTHINFO SASL', 'SASL XOAUTH2'],
    begins: 'AUTHINFO SASL XOAUTH2',
    challenge: '383 e30=\r\n',
    yes: '281 in\r\n',
    no: '481 no\r\n',
    looks: null,
  },
} as const;
type Words = (typeof words)[keyof typeof words];

/** A server that answers the token, and what is said after it, with these replies in turn; and a look into the mailbox. */
function server(protocol: keyof typeof words, replies: readonly string[], mailbox?: string): Promise<FakeUpstream> {
  const its: Words = words[protocol];
  const left = [...replies];
  let tag: string | null = null;
  return startFakeUpstream({
    ...{ protocol, tls: 'implicit', identity },
    inside: { capabilities: [...its.offers] },
    answer(line) {
      if (line.includes(its.begins)) {
        tag = line.split(' ')[0] ?? '';
        // The token comes with the name, or once it has been asked for.
        if (line.endsWith(its.begins)) return its.challenge.replace('e30=', '');
      } else if (tag === null || /EXAMINE|STAT|QUIT|LOGOUT/.test(line)) {
        return its.looks && line.includes(its.looks) ? mailbox : undefined;
      }
      return left.shift()?.replace('{tag}', tag);
    },
  });
}

function accountAt(protocol: Protocol, port: number): AccountConfiguration {
  const signIn = { kind: 'oauth', user: 'alice@example.test', issuer: 'https://issuer.example.test' };
  const relay = { name: 'it', protocol, listen: 0, server: 'localhost', port, tls: 'implicit' };
  const { accounts } = configurationSchema.parse({ version: 1, accounts: [{ name: 'Mail', signIn, relays: [relay] }] });
  return accounts[0] as AccountConfiguration;
}

const tried = async (protocol: Protocol, { port }: { port: number }) =>
  tryToken(accountAt(protocol, port), token, context, never);
const heardBy = async (upstream: FakeUpstream) => (await upstream.connection(0)).inside().toString();

test.each(lineProtocols)('honest: 105: %s: taken, and the mailbox looked into', async (protocol) => {
  const its: Words = words[protocol];
  const mailbox = {
    imap: '* 1 EXISTS\r\n{tag} OK [READ-ONLY] done\r\n',
    pop3: '+OK 1 300\r\n',
    smtp: undefined,
    nntp: undefined,
  };
  const upstream = await server(protocol, [its.yes], mailbox[protocol]);
  await tried(protocol, upstream);
  await (await upstream.connection(0)).ended;
  const heard = await heardBy(upstream);
  expect(heard).toContain(sent);
  if (its.looks) expect(heard).toContain(its.looks);
});

test.each(lineProtocols)('105: %s: the token of another mailbox, by a challenge and a no', async (protocol) => {
  const its: Words = words[protocol];
  const upstream = await server(protocol, [its.challenge, its.no]);
  await expect(tried(protocol, upstream)).rejects.toMatchObject({ reason: 'wrong-mailbox' });
});

test.each(['imap', 'pop3'] as const)(
  '105: %s: Microsoft takes it, and then has no mailbox for it',
  async (protocol) => {
    const late = {
      imap: '{tag} BAD User is authenticated but not connected.\r\n',
      pop3: '-ERR User is authenticated but not connected.\r\n',
    };
    const upstream = await server(protocol, [words[protocol].yes], late[protocol]);
    await expect(tried(protocol, upstream)).rejects.toMatchObject({ reason: 'wrong-mailbox' });
  },
);

test('a mailbox that may not be used this way says nothing of who signed in', async () => {
  const disabled = '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n';
  const upstream = await server('smtp', [disabled]);
  await expect(tried('smtp', upstream)).rejects.toMatchObject({ reason: 'server-refused' });
});

test.each(['imap', 'pop3', 'smtp'] as const)(
  '%s: a token without the permission for mail is said to be that',
  async (protocol) => {
    const its: Words = words[protocol];
    const challenge = its.challenge.replace('e30=', Buffer.from('{"status":"insufficient_scope"}').toString('base64'));
    const failed = tried(protocol, await server(protocol, [challenge, its.no]));
    await expect(failed).rejects.toMatchObject({ reason: 'server-refused' });
    await expect(failed).rejects.toThrow(/does not cover what this server wants/);
  },
);

test('100: a server that offers passwords alone gets no token, and that is said', async () => {
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const failed = tried('imap', upstream);
  await expect(failed).rejects.toMatchObject({ reason: 'server-refused' });
  await expect(failed).rejects.toThrow(/no way to sign in with a token/);
  expect(await heardBy(upstream)).not.toContain('AUTHENTICATE');
});

test('100: a server with another certificate gets no token, and says nothing against it', async () => {
  const other = issue(createAuthority(), { names: ['localhost'] });
  const upstream = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity: other });
  await tried('smtp', upstream);
  expect(await heardBy(upstream)).toBe('');
});

test.each(['imap', 'pop3', 'smtp'] as const)(
  '%s: challenges without an end end, and say nothing against the token',
  async (protocol) => {
    const its: Words = words[protocol];
    const upstream = await server(
      protocol,
      Array.from({ length: 40 }, () => its.challenge),
    );
    await tried(protocol, upstream);
    const heard = await heardBy(upstream);
    expect(heard.match(/^\*\r\n/gm)).toHaveLength(1);
    expect(heard.split(sent)).toHaveLength(2);
  },
);
