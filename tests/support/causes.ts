import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { ConfigurationInput, DiagnosisCode, TlsMode } from '../../proxy/contract/index.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { atEnd } from './clean-up.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from './fake-upstream.ts';
import { bound, done, referral } from './ldap-words.ts';
import type { LineProtocol } from './line-protocols.ts';
import { createAuthority, der, type Identity, issue, selfSigned } from './pki.ts';

type RelayInput = ConfigurationInput['accounts'][number]['relays'][number];

/** A failure with a real cause: an account whose relays run into it, and what a person is told. */
export interface Cause {
  account: string;
  relays: (Omit<RelayInput, 'listen'> & { listen?: string })[];
  code: DiagnosisCode;
  /** The exact words. */
  sentence: string;
}

/** Used for every sign-in. */
export const credentials = { user: 'ada@example.test', password: 'correct horse' };

const server = 'mail.example.test';
const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day + 3_600_000);
const gone = (days: number) => new Date(Date.now() - days * day - 3_600_000);

/**
 * Starts a server for each cause that a server can produce.
 *
 * @returns the causes, and the authority to trust
 */
export async function startCauses(): Promise<{ causes: Cause[]; authority: Identity }> {
  const authority = createAuthority();
  const identity = issue(authority, { names: [server] });
  const causes: Cause[] = [];

  type Fake = Partial<FakeUpstreamOptions> & { protocol?: LineProtocol };
  const relay = async (name: string, set: LineProtocol, tls: TlsMode, fake: Fake, host = server) => {
    const users = { [credentials.user]: credentials.password };
    const { port } = await startFakeUpstream({ protocol: set, tls, identity, users, ...fake });
    return { name, protocol: set, tls, server: host, address: '127.0.0.1', port };
  };
  const cause = async (
    code: DiagnosisCode,
    sentence: string,
    set: LineProtocol,
    tls: TlsMode,
    fake: Fake,
    host = server,
  ) => {
    const account = `${causes.length + 1} ${code}`;
    const one = await relay(`r${causes.length + 1}`, set, tls, fake, host);
    causes.push({ account, relays: [one], code, sentence: sentence.replaceAll('PORT', String(one.port)) });
  };
  /** A TCP server that behaves as told. */
  const raw = async (code: DiagnosisCode, sentence: string, tls: TlsMode, answer: string | Buffer | null) => {
    const listening = createServer((socket) => {
      socket.on('error', () => {});
      if (answer !== null) socket.on('data', () => socket.end(answer));
    });
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    atEnd(() => listening.close());
    const { port } = listening.address() as AddressInfo;
    const name = `r${causes.length + 1}`;
    const account = `${causes.length + 1} ${code}`;
    // A free port could be taken by another program by then. This one stays occupied, and is refused on another
    // address.
    const address = code === 'connection-refused' ? '127.77.53.1' : '127.0.0.1';
    const one = { name, protocol: 'smtp', tls, server, address, port } as const;
    causes.push({ account, relays: [one], code, sentence: sentence.replaceAll('PORT', String(port)) });
  };
  const certificate = (code: DiagnosisCode, sentence: string, other: Identity) =>
    cause(code, sentence, 'imap', 'implicit', { identity: other });
  const says = (
    code: DiagnosisCode,
    sentence: string,
    set: LineProtocol,
    pattern: RegExp,
    reply: string,
    host = server,
  ) =>
    cause(
      code,
      sentence,
      set,
      'implicit',
      {
        answer: (line) => (pattern.test(line) ? reply : undefined),
        identity: host === server ? identity : issue(authority, { names: [host] }),
      },
      host,
    );
  const imapAuth = /AUTHENTICATE|LOGIN/;
  const page = 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n<html></html>';

  // Reaching the server
  await raw(
    'connection-refused',
    'mail.example.test is there, but nothing accepts connections on port PORT.',
    'implicit',
    '',
  );
  await raw(
    'server-timeout',
    'mail.example.test did not answer in time on port PORT: the TLS handshake took more than 8 s.',
    'implicit',
    null,
  );
  const portal = 'A web page answers in place of mail.example.test: this network probably wants you to sign in first.';
  await raw('captive-portal', portal, 'implicit', page);
  await raw('captive-portal', portal, 'starttls', page);
  await cause('server-closed', 'mail.example.test hung up in the middle of the conversation.', 'imap', 'implicit', {
    inside: { greeting: { instead: 'end' } },
  });
  await cause(
    'server-unavailable',
    'mail.example.test says that it is out of service at the moment.',
    'smtp',
    'implicit',
    {
      inside: { greeting: '421 4.3.2 Service shutting down\r\n' },
    },
  );
  const crowd = 'mail.example.test says that there are too many connections from you already.';
  await cause('server-too-many-connections', crowd, 'imap', 'implicit', {
    inside: { greeting: '* BYE Too many simultaneous connections\r\n' },
  });

  const listed =
    'mail.example.test does not talk to your network: its address is on a block list, or is not trusted for mail.';
  await cause('address-blocked', listed, 'smtp', 'implicit', {
    inside: { greeting: '554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org\r\n' },
  });
  const nameless = 'mail.example.test does not accept the names with which this computer introduces itself.';
  await cause('greeting-name-refused', nameless, 'smtp', 'starttls', {
    plain: { capabilities: '550 5.7.1 Access denied - invalid HELO name\r\n' },
  });
  const unwanted = 'mail.example.test turned the connection away before anything was said.';
  await cause('connection-unwanted', unwanted, 'smtp', 'implicit', {
    inside: { greeting: '554 No SMTP service here\r\n' },
  });

  // How TLS begins
  const wantsStartTls =
    'mail.example.test port PORT starts without encryption and switches to it (STARTTLS), but the account expects TLS at once.';
  await cause('port-wants-starttls', wantsStartTls, 'smtp', 'implicit', { tls: 'starttls' });
  const wantsTls =
    'mail.example.test port PORT speaks TLS from the first byte, but the account expects a greeting first (STARTTLS).';
  await cause('port-wants-implicit-tls', wantsTls, 'imap', 'starttls', { tls: 'implicit' });
  const plain =
    'mail.example.test offers no encryption on port PORT. Postern never sends mail or passwords unencrypted, so nothing was sent.';
  const noTls: Fake = {
    tls: 'starttls',
    plain: { capabilities: ['PIPELINING'], starttls: '502 5.5.1 Unknown\r\n' },
  };
  await cause('plaintext-only', plain, 'smtp', 'starttls', noTls);
  await cause('plaintext-only', plain, 'smtp', 'implicit', noTls);
  await cause(
    'starttls-refused',
    'mail.example.test offers encryption but did not start it when asked (code 454).',
    'smtp',
    'starttls',
    {
      plain: { starttls: '454 4.7.0 Not now\r\n' },
    },
  );
  const injected =
    'Something was slipped into the connection to mail.example.test before it was encrypted. Someone may be attacking. Nothing was sent.';
  await cause('plaintext-injected', injected, 'smtp', 'starttls', { plain: { behind: '250 Hello\r\n' } });
  const preauth =
    'mail.example.test claims that you are signed in before the connection is encrypted. An honest server does not. Nothing was sent.';
  await cause('signed-in-before-encryption', preauth, 'imap', 'starttls', {
    plain: { greeting: '* PREAUTH Hello\r\n' },
  });
  const smtpThere = 'mail.example.test port PORT speaks SMTP, which is not the kind of mail that this path is set to.';
  await cause('wrong-protocol', smtpThere, 'imap', 'implicit', { protocol: 'smtp' });
  const odd =
    'What answers at mail.example.test port PORT does not behave like the mail server that is expected there: it gave an answer that is not POP3.';
  await cause('not-a-mail-server', odd, 'pop3', 'implicit', { inside: { greeting: 'SSH-2.0-something\r\n' } });
  await cause('tls-too-old', 'mail.example.test knows only versions of TLS that can be broken.', 'imap', 'implicit', {
    tlsOptions: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  });
  await cause(
    'weak-cipher',
    'mail.example.test and Postern share no encryption that is safe today.',
    'imap',
    'implicit',
    {
      identity: issue(authority, {
        names: [server],
        key: 'rsa2048',
        keyUsage: ['digitalSignature', 'keyEncipherment'],
      }),
      tlsOptions: { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' },
    },
  );
  // A ServerHello of TLS 1.2 without the extension of RFC 5746.
  const hello = Buffer.concat([Buffer.from('0303', 'hex'), Buffer.alloc(32, 7), Buffer.from('00c02f00', 'hex')]);
  const unrepaired = Buffer.concat([Buffer.from('160303002a02000026', 'hex'), hello]);
  const renegotiates =
    'mail.example.test lacks a repair of TLS from 2010 (secure renegotiation, RFC 5746), so others could slip data into the connection.';
  await raw('no-secure-renegotiation', renegotiates, 'implicit', unrepaired);
  const internalError = Buffer.from('15030300020250', 'hex');
  await cause(
    'tls-failed',
    'Encryption with mail.example.test could not be agreed on: it broke off with the TLS alert internal_error.',
    'imap',
    'implicit',
    {
      handshake: { reply: internalError },
    },
  );
  const wanted = 'mail.example.test wants a certificate of yours before it talks.';
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    await cause('client-certificate-wanted', wanted, 'imap', 'implicit', {
      tlsOptions: { requestCert: true, rejectUnauthorized: true, maxVersion },
    });
  }

  // Certificates
  const expired = issue(authority, { names: [server], notBefore: gone(90), notAfter: gone(12) });
  await certificate('certificate-expired', 'The certificate of mail.example.test expired 12 days ago.', expired);
  const future = issue(authority, { names: [server], notBefore: inDays(30), notAfter: inDays(90) });
  const behind =
    'The clock of this computer is probably behind, by at least 30 days: valid certificates seem to be from another time.';
  await certificate('clock-wrong', behind, future);
  const ahead = behind.replace('behind', 'ahead').replace('30 days', '1 year');
  const past = (name: string) => issue(authority, { names: [name], notBefore: gone(900), notAfter: gone(370) });
  causes.push({
    account: 'every server expired',
    relays: [
      await relay('ahead-imap', 'imap', 'implicit', { identity: past('imap.example.test') }, 'imap.example.test'),
      await relay('ahead-smtp', 'smtp', 'implicit', { identity: past('smtp.example.test') }, 'smtp.example.test'),
    ],
    code: 'clock-wrong',
    sentence: ahead,
  });
  causes.push({
    account: 'one server from the future',
    relays: [
      await relay('honest', 'imap', 'implicit', {}),
      await relay('future', 'smtp', 'implicit', { identity: future }),
    ],
    code: 'certificate-not-yet-valid',
    sentence: 'The certificate of mail.example.test becomes valid only in 30 days.',
  });
  for (const [cn, product] of [
    ['Avast Web/Mail Shield Root', 'Avast'],
    ['Zscaler Intermediate Root CA', 'Zscaler'],
  ] as const) {
    const resigned = issue(createAuthority({ cn }), { names: [server] });
    const opens = `${product} on this computer or network opens encrypted connections and signs them anew, so the server itself cannot be seen.`;
    await certificate('certificate-resigned', opens, resigned);
  }
  const others = issue(authority, { names: ['www.example.com', 'imap.example.test', '*.example.test.invalid'] });
  const fitting =
    'The certificate is not for mail.example.test. It is for imap.example.test, www.example.com and *.example.test.invalid.';
  await certificate('name-mismatch', fitting, others);
  const own = 'The certificate of mail.example.test was made by the server itself; no authority vouches for it.';
  await certificate('self-signed', own, selfSigned({ names: [server] }));
  const strangers = issue(createAuthority({ cn: 'Somebody' }), { ca: true, cn: 'Somebody Issuing' });
  const unknown = 'The certificate of mail.example.test comes from an authority that is not known here.';
  await certificate('unknown-issuer', unknown, issue(strangers, { names: [server] }));
  const issuing = issue(authority, { ca: true, cn: 'Test Issuing' });
  const short = issue(issuing, { names: [server] });
  const missing = 'mail.example.test sent its own certificate without the one that connects it to a known authority.';
  await certificate('intermediate-missing', missing, { ...short, chainPem: short.certPem });
  const misused = issue(authority, { names: [server], eku: ['clientAuth'] });
  const wrongUse =
    'The certificate of mail.example.test is not meant for servers, or breaks the limits of its authority.';
  await certificate('certificate-wrong-use', wrongUse, misused);
  const weak = 'The certificate of mail.example.test rests on a key or signature that can be forged today.';
  await certificate('certificate-weak', weak, issue(authority, { names: [server], key: 'rsa2047' }));
  const unreadable = 'The certificate of mail.example.test is damaged or too odd to be judged.';
  const tooMany = Array.from({ length: 101 }, (_, at) => ({ oid: `1.3.6.1.4.1.99999.${at}`, value: der(0x05) }));
  await certificate('certificate-unreadable', unreadable, issue(authority, { names: [server], extensions: tooMany }));

  // Signing in
  const no = 'The server did not accept the user name and password.';
  await says('wrong-password', no, 'imap', imapAuth, '{tag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n');
  await says('wrong-password', no, 'smtp', /^AUTH/, '535 5.7.8 Error: authentication failed\r\n');
  await says('wrong-password', no, 'pop3', /^PASS/, '-ERR [AUTH] Authentication failed.\r\n');
  await says('wrong-password', no, 'nntp', /^AUTHINFO PASS/, '502 Authentication Failed\r\n');
  const gmail = 'Gmail did not accept this password: mail programs need an app password there, not the usual one.';
  const gmailImap =
    '{tag} NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)\r\n';
  await says('app-password-needed', gmail, 'imap', imapAuth, gmailImap);
  const gmailSmtp =
    '534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp\r\n';
  await says('app-password-needed', gmail, 'smtp', /^AUTH/, gmailSmtp);
  const icloud = gmail.replace('Gmail', 'iCloud');
  const failed = '{tag} NO [AUTHENTICATIONFAILED] Authentication failed\r\n';
  await says('app-password-needed', icloud, 'imap', imapAuth, failed, 'imap.mail.me.com');
  const yahoo = gmail.replace('Gmail', 'Yahoo (AOL)');
  const invalid = '{tag} NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials\r\n';
  await says('app-password-needed', yahoo, 'imap', imapAuth, invalid, 'imap.mail.yahoo.com');
  const oauth = 'Microsoft does not accept passwords from mail programs any more: it wants the modern sign-in (OAuth).';
  const basic = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [X.PROD.OUTLOOK.COM]\r\n';
  await says('oauth-needed', oauth, 'smtp', /^AUTH/, basic);
  await says('oauth-needed', oauth, 'imap', imapAuth, '{tag} NO LOGIN failed.\r\n', 'outlook.office365.com');
  const web = 'Gmail wants you to sign in with a web browser first.';
  const browser =
    '534-5.7.14 Please log in via your web browser and then try again.\r\n534 5.7.14 Learn more - gsmtp\r\n';
  await says('web-sign-in-needed', web, 'smtp', /^AUTH/, browser);
  const off = 'Gmail has switched this way of fetching or sending mail off for your account.';
  const pop = '-ERR [SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page.\r\n';
  await says('login-disabled', off, 'pop3', /^PASS/, pop);
  const none = 'mail.example.test offers no sign-in by password on port PORT.';
  await cause('no-password-sign-in', none, 'imap', 'implicit', {
    inside: { capabilities: ['IMAP4rev1', 'LOGINDISABLED'] },
    answer: (line) => (/ LOGIN /.test(line) ? '{tag} NO [PRIVACYREQUIRED] Login is disabled\r\n' : undefined),
  });
  await cause('no-password-sign-in', none, 'smtp', 'implicit', {
    inside: { capabilities: ['PIPELINING'] },
    answer: (line) => (/^AUTH/.test(line) ? '503 5.5.1 Error: authentication not enabled\r\n' : undefined),
  });
  const locked = 'The mailbox is in use by another program.';
  await says('mailbox-locked', locked, 'pop3', /^PASS/, '-ERR [IN-USE] Do you have another POP session running?\r\n');
  const refused = 'mail.example.test accepted user name and password, and then refused the mailbox.';
  const notConnected = '{tag} BAD User is authenticated but not connected.\r\n';
  await says('mailbox-refused', refused, 'imap', / SELECT /, notConnected);
  await says('mailbox-refused', refused, 'pop3', /^STAT/, '-ERR mailbox is not available\r\n');
  const nameless163 = 'mail.example.test only lets in mail programs that say which one they are.';
  await says(
    'id-wanted',
    nameless163,
    'imap',
    / SELECT /,
    '{tag} NO SELECT Unsafe Login. Please contact us for help\r\n',
  );
  const blocked =
    'The server has blocked signing in for a while, after too many attempts or for another reason of its own.';
  await says('account-blocked', blocked, 'smtp', /^AUTH/, '535 5.7.0 (#AUTH005) Too many bad auth attempts.\r\n');
  const resting = 'mail.example.test says that it is out of service at the moment.';
  await says('server-unavailable', resting, 'imap', imapAuth, '{tag} NO [UNAVAILABLE] Temporary failure\r\n');
  await says(
    'server-too-many-connections',
    crowd,
    'imap',
    imapAuth,
    '{tag} NO [LIMIT] Maximum number of connections\r\n',
  );

  await says('server-unavailable', resting, 'nntp', /^AUTHINFO USER/, '403 internal fault\r\n');

  // The address book: the numbers are those of the check's requests, which cross as they are.
  const elsewhere =
    'mail.example.test answered that another server has what was looked for, one that would be spoken to without encryption. Postern does not ask it, and keeps your program from asking.';
  for (const [id, tag, referrals] of [
    [1, op.bindResponse, 'remove'],
    [2, op.searchResultDone, 'remove'],
    [2, op.searchResultDone, 'refuse'],
  ] as const) {
    const { port } = await startFakeUpstream({
      ...{ protocol: 'ldap', tls: 'implicit', identity, users: { [credentials.user]: credentials.password } },
      answer: (said) => (said.charCodeAt(4) === id ? referral(id, tag, 'ldap://other.example.test/') : undefined),
    });
    const number = causes.length + 1;
    const place = { protocol: 'ldap', tls: 'implicit', server, address: '127.0.0.1', port } as const;
    causes.push({
      account: `${number} plaintext-referral`,
      relays: [{ ...place, name: `r${number}`, referrals }],
      code: 'plaintext-referral',
      sentence: elsewhere,
    });
  }

  const named =
    'mail.example.test wants your whole name in the directory as the user name, and what it was given is none.';
  const unsearched = 'mail.example.test accepted user name and password, and then refused to be searched.';
  const microsoft = '80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error,';
  const outdated = 'mail.example.test wants a new password: this one has expired, or has to be changed first.';
  const disabled =
    'mail.example.test does not let this account sign in: it is disabled or has expired, or may not at this time or from this computer.';
  const bare = 'mail.example.test lets nobody in without both a user name and a password.';
  const unwilling = 'mail.example.test refused the sign-in, and gave a reason that is not the password.';
  const searched = (value: number, words: string) => [2, done(2, value, words)] as const;
  for (const [code, sentence, [id, answer]] of [
    ['wrong-password', no, [1, bound(1, 49)]],
    ['directory-name-wanted', named, [1, bound(1, 34, 'invalid DN')]],
    ['password-expired', outdated, [1, bound(1, 49, `${microsoft} data 532, v4563`)]],
    ['account-disabled', disabled, [1, bound(1, 53, 'Account inactivated. Contact system administrator.')]],
    ['account-blocked', blocked, [1, bound(1, 19, 'Exceed password retry limit. Please try later.')]],
    ['credentials-missing', bare, [1, bound(1, 53, 'unauthenticated bind (DN with no password) disallowed')]],
    ['sign-in-refused', unwilling, [1, bound(1, 53)]],
    ['directory-refused', unsearched, searched(50, 'no read access')],
    ['directory-refused', unsearched, searched(8, 'authentication required')],
    ['server-unavailable', resting, searched(52, 'backend is offline')],
  ] as const) {
    const { port } = await startFakeUpstream({
      ...{ protocol: 'ldap', tls: 'implicit', identity, users: { [credentials.user]: credentials.password } },
      answer: (said) => (said.charCodeAt(4) === id ? answer : undefined),
    });
    const number = causes.length + 1;
    const place = { protocol: 'ldap', tls: 'implicit', server, address: '127.0.0.1', port } as const;
    causes.push({ account: `${number} ${code}`, relays: [{ ...place, name: `r${number}` }], code, sentence });
  }

  // On this computer
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  atEnd(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const program = readFileSync('/proc/self/comm', 'utf8').trim();
  causes.push({
    account: 'port in use',
    relays: [{ ...(await relay('taken', 'imap', 'implicit', {})), listen: `127.0.0.1:${port}` }],
    code: 'port-in-use',
    sentence: `127.0.0.1 port ${port} is used by ${program} (process ${process.pid}).`,
  });
  return { causes, authority };
}
