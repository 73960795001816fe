/**
 * The check, tried against thirty servers, honest and odd: it says about each what a knowledgeable friend would say.
 */

import { beforeAll, describe, expect, test } from 'vitest';
import type { DiagnosisCode, RelayCheck } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, type Reply, startFakeUpstream } from '../support/fake-upstream.ts';
import type { LineProtocol } from '../support/line-protocols.ts';
import { createAuthority, issue } from '../support/pki.ts';

const authority = createAuthority();
const identity = issue(authority, { names: ['localhost'] });
const user = 'alice@example.org';

interface Server {
  what: string;
  protocol: LineProtocol;
  /** Its replies to commands that begin like this; to all others it replies as usual. */
  answers?: Record<string, Reply>;
  options?: Partial<FakeUpstreamOptions>;
  /** The diagnosis; null where all is well. */
  code: DiagnosisCode | null;
  /** The last step, its outcome, and part of its message. */
  last: [RelayCheck['steps'][number]['step'], 'ok' | 'failed' | 'skipped', RegExp];
}

const silence = { instead: 'silence' } as const;
const signedOut: Server['last'] = ['sign-out', 'ok', /Signed out/];
const inside = (...capabilities: string[]) => ({ inside: { capabilities } });

const servers: Server[] = [
  { what: 'an honest one', protocol: 'imap', code: null, last: signedOut },
  {
    what: 'one that counts',
    protocol: 'imap',
    answers: { SELECT: '* 3 EXISTS\r\n* 0 RECENT\r\n{tag} OK [READ-WRITE] done\r\n' },
    code: null,
    last: signedOut,
  },
  {
    what: 'a wrong password',
    protocol: 'imap',
    answers: { LOGIN: '{tag} NO [AUTHENTICATIONFAILED] Authentication failed.\r\n' },
    code: 'wrong-password',
    last: ['sign-in', 'failed', /did not accept the user name/],
  },
  {
    what: 'one that wants an app password',
    protocol: 'imap',
    answers: {
      LOGIN:
        '{tag} NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)\r\n',
    },
    code: 'app-password-needed',
    last: ['sign-in', 'failed', /app password/],
  },
  {
    what: 'NAMESPACE answered without its line',
    protocol: 'imap',
    answers: { NAMESPACE: '{tag} OK done\r\n' },
    options: inside('IMAP4rev1', 'NAMESPACE', 'AUTH=PLAIN'),
    code: null,
    last: signedOut,
  },
  {
    what: 'NAMESPACE never answered',
    protocol: 'imap',
    answers: { NAMESPACE: silence },
    options: inside('IMAP4rev1', 'NAMESPACE'),
    code: null,
    last: signedOut,
  },
  {
    what: 'ID never answered',
    protocol: 'imap',
    answers: { ID: silence },
    options: inside('IMAP4rev1', 'ID'),
    code: null,
    last: signedOut,
  },
  {
    what: 'ENABLE and COMPRESS never answered',
    protocol: 'imap',
    answers: { ENABLE: silence, COMPRESS: silence },
    options: inside('IMAP4rev1', 'ENABLE', 'CONDSTORE', 'COMPRESS=DEFLATE'),
    code: null,
    last: signedOut,
  },
  {
    what: 'an inbox that wants to know the program',
    protocol: 'imap',
    answers: { SELECT: '{tag} NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n' },
    code: 'id-wanted',
    last: ['mailbox', 'failed', /mail programs that say which one they are/],
  },
  {
    what: 'signed in but not connected',
    protocol: 'imap',
    answers: { SELECT: '{tag} BAD User is authenticated but not connected.\r\n' },
    code: 'mailbox-refused',
    last: ['mailbox', 'failed', /refused the mailbox/],
  },
  {
    what: 'IMAP that is switched off',
    protocol: 'imap',
    answers: { SELECT: '{tag} NO [ALERT] Your account is not enabled for IMAP use\r\n' },
    code: 'login-disabled',
    last: ['mailbox', 'failed', /switched this way/],
  },
  {
    what: 'SELECT that is never answered',
    protocol: 'imap',
    answers: { SELECT: silence },
    code: null,
    last: ['mailbox', 'skipped', /sign-in worked; then localhost did not answer/],
  },
  {
    what: 'one that hangs up at SELECT',
    protocol: 'imap',
    answers: { SELECT: { instead: 'end' } },
    code: null,
    last: ['mailbox', 'skipped', /sign-in worked/],
  },
  {
    what: 'LOGIN that is never answered',
    protocol: 'imap',
    answers: { LOGIN: silence },
    code: 'server-timeout',
    last: ['sign-in', 'failed', /did not answer in time/],
  },
  {
    what: 'LOGOUT that is never answered',
    protocol: 'imap',
    answers: { LOGOUT: silence },
    code: null,
    last: ['sign-out', 'skipped', /sign-in worked/],
  },
  {
    what: 'one that hangs up at the sign-in',
    protocol: 'imap',
    answers: { LOGIN: { instead: 'end' } },
    code: 'server-closed',
    last: ['sign-in', 'failed', /hung up/],
  },
  { what: 'an honest one', protocol: 'pop3', code: null, last: signedOut },
  {
    what: 'a wrong password',
    protocol: 'pop3',
    answers: { PASS: '-ERR [AUTH] Authentication failed.\r\n' },
    code: 'wrong-password',
    last: ['sign-in', 'failed', /did not accept the user name/],
  },
  {
    what: 'a mailbox in use',
    protocol: 'pop3',
    answers: { PASS: '-ERR [IN-USE] mailbox is locked by another session\r\n' },
    code: 'mailbox-locked',
    last: ['sign-in', 'failed', /in use/],
  },
  {
    what: 'STAT that is refused',
    protocol: 'pop3',
    answers: { STAT: '-ERR mailbox is not available\r\n' },
    code: 'mailbox-refused',
    last: ['mailbox', 'failed', /refused the mailbox/],
  },
  {
    what: 'STAT that says nothing',
    protocol: 'pop3',
    answers: { STAT: '+OK\r\n' },
    code: null,
    last: ['mailbox', 'skipped', /sign-in worked/],
  },
  {
    what: 'STAT that is never answered',
    protocol: 'pop3',
    answers: { STAT: silence },
    code: null,
    last: ['mailbox', 'skipped', /did not answer in time/],
  },
  {
    what: 'one that hangs up at QUIT',
    protocol: 'pop3',
    answers: { QUIT: { instead: 'end' } },
    code: null,
    last: ['sign-out', 'skipped', /sign-in worked/],
  },
  {
    what: 'an honest one',
    protocol: 'smtp',
    code: null,
    last: ['mailbox', 'ok', /Mail from alice@example.org is taken/],
  },
  {
    what: 'PLAIN alone',
    protocol: 'smtp',
    options: inside('AUTH PLAIN'),
    code: null,
    last: ['mailbox', 'ok', /is taken/],
  },
  {
    what: 'a wrong password',
    protocol: 'smtp',
    answers: { AUTH: '535 5.7.8 Error: authentication failed\r\n' },
    code: 'wrong-password',
    last: ['sign-in', 'failed', /did not accept the user name/],
  },
  {
    what: 'SMTP AUTH that is switched off',
    protocol: 'smtp',
    answers: {
      AUTH: '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n',
    },
    code: 'login-disabled',
    last: ['sign-in', 'failed', /switched this way/],
  },
  {
    what: 'a sender that is refused',
    protocol: 'smtp',
    answers: { MAIL: '550 5.7.1 This account may not send\r\n' },
    code: 'mailbox-refused',
    last: ['mailbox', 'failed', /refused the mailbox/],
  },
  {
    what: 'MAIL that is never answered',
    protocol: 'smtp',
    answers: { MAIL: silence },
    code: null,
    last: ['mailbox', 'skipped', /sign-in worked/],
  },
  {
    what: 'one that hangs up at the sign-in',
    protocol: 'smtp',
    answers: { AUTH: { instead: 'end' } },
    code: 'server-closed',
    last: ['sign-in', 'failed', /hung up/],
  },
];

/** One for the servers that are silent at some point, and one for those that answer, however busy the machine is. */
const cores = {} as Record<'hasty' | 'patient', Core>;
const coreOf = ({ answers = {} }: Server) => (Object.values(answers).includes(silence) ? 'hasty' : 'patient');
const heard = new Map<string, string[]>();
beforeAll(async () => {
  const accounts: Record<keyof typeof cores, { name: string; relays: ReturnType<typeof relayTo>[] }[]> = {
    hasty: [],
    patient: [],
  };
  for (const [number, server] of servers.entries()) {
    const { protocol, answers = {}, options } = server;
    const lines: string[] = [];
    heard.set(`r${number}`, lines);
    const { port } = await startFakeUpstream({
      ...{ protocol, tls: 'implicit', identity, users: { [user]: 'secret' } },
      ...options,
      answer(line) {
        const verb = (protocol === 'imap' ? line.split(' ')[1] : line.split(' ')[0])?.toUpperCase() ?? '';
        lines.push(verb);
        return answers[verb];
      },
    });
    const relay = relayTo({ port, protocol, tls: 'implicit' }, { name: `r${number}` });
    accounts[coreOf(server)].push({ name: `A${number}`, relays: [relay] });
  }
  for (const name of ['hasty', 'patient'] as const) {
    const settings = { connectTimeoutSeconds: name === 'hasty' ? 2 : 60, certificateDecisionSeconds: 0 };
    cores[name] = await startCore({ authority, accounts: accounts[name], settings });
  }
});

describe('the check', () => {
  test('has thirty servers', () => expect(servers.length).toBeGreaterThanOrEqual(30));

  test.each(servers.map((server, number) => ({ ...server, number })))(
    '$protocol: $what',
    async ({ number, code, last }) => {
      const { proxy } = cores[coreOf(servers[number] as Server)];
      const report = await proxy.commands.check({ account: `A${number}`, user, password: 'secret' });
      const [relay] = report.relays as [RelayCheck];
      expect(relay.diagnosis?.code ?? null).toBe(code);
      expect(report.outcome).toBe(code === null ? 'ok' : 'failed');
      const [step, outcome, words] = last;
      expect(relay.steps.at(-1)).toMatchObject({ step, outcome, message: expect.stringMatching(words) });
      // What came after the sign-in does not change its outcome.
      const signIn = relay.steps.find((one) => one.step === 'sign-in');
      expect(signIn?.outcome).toBe(step === 'sign-in' ? 'failed' : 'ok');
      expect(JSON.stringify(report)).not.toContain('secret');
    },
  );

  test('says what an old program says, and nothing else', () => {
    const said = (protocol: LineProtocol) => {
      const number = servers.findIndex((server) => server.protocol === protocol);
      return (heard.get(`r${number}`) ?? []).filter((verb) => !/^(?:CAPABILITY|CAPA|EHLO|NOOP)$/.test(verb));
    };
    // The first connection only hears the greeting.
    expect(said('imap').filter((verb) => verb !== 'LOGOUT')).toEqual(['LOGIN', 'SELECT']);
    expect(said('pop3').filter((verb) => verb !== 'QUIT')).toEqual(['USER', 'PASS', 'STAT']);
    expect(said('smtp').filter((verb) => verb !== 'QUIT')).toEqual(['AUTH', 'MAIL', 'RSET']);
  });
});
