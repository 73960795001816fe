import { expect, test } from 'vitest';
import { afterwardsFinding, goodByeFinding, knownReplies, signInFinding } from '../../proxy/diagnosis/sign-in-reply.ts';
import { diagnosisCodes } from '../support/findings.ts';

// As the servers say it.
test.each([
  [
    '[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)',
    'app-password-needed',
  ],
  [
    '534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp',
    'app-password-needed',
  ],
  [
    '[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)',
    'web-sign-in-needed',
  ],
  [
    '[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)',
    'login-disabled',
  ],
  [
    '535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [X.EURPRD.PROD.OUTLOOK.COM]',
    'oauth-needed',
  ],
  [
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled',
    'login-disabled',
  ],
  [
    '535 5.7.139 Authentication unsuccessful, user is locked by your organization’s security defaults policy.',
    'oauth-needed',
  ],
  ['NO LogonDenied-BasicAuthBlocked', 'oauth-needed'],
  [
    '535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external',
    'app-password-needed',
  ],
  ['535 5.7.8 Error: authentication failed: This user does not have access rights to this service', 'login-disabled'],
  [
    '[ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)',
    'login-disabled',
  ],
  [
    '535 Login Fail. Please enter your authorization code to login. More information in http://service.mail.qq.com/cgi-bin/help',
    'app-password-needed',
  ],
  ['[ALERT] Too many simultaneous connections. (Failure)', 'server-too-many-connections'],
  ['SELECT Unsafe Login. Please contact kefu@188.com for help', 'id-wanted'],
  ['NO Please send ID command before LOGIN', 'id-wanted'],
  ['BAD client must identify itself (RFC2971)', 'id-wanted'],
  ['NO [ALERT] you must issue an IMAP ID first', 'id-wanted'],
  ['NO Invalid user ID or password', 'wrong-password'],
  ['535 5.7.8 Wrong user ID and password', 'wrong-password'],
  ['-ERR send your ID and password again', 'wrong-password'],
  ['Server Unavailable. 15', 'server-unavailable'],
  ['-ERR internal server error', 'server-unavailable'],
  [
    '[UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=16)',
    'server-too-many-connections',
  ],
  ['-ERR [IN-USE] Do you have another POP session running?', 'mailbox-locked'],
  ['-ERR Unable to get exclusive lock', 'mailbox-locked'],
  ['-ERR [LOGIN-DELAY] minimum time between mail checks violation', 'account-blocked'],
  ['535 5.7.0 (#AUTH005) Too many bad auth attempts.', 'account-blocked'],
  ['454 4.7.0 Temporary authentication failure: Connection lost to authentication server', 'server-unavailable'],
  ['-ERR [SYS/TEMP] Mail system unavailable', 'server-unavailable'],
  ['[CONTACTADMIN] Ask', 'login-disabled'],
  ['504 5.7.4 Unrecognized authentication type', 'no-password-sign-in'],
  ['538 5.7.11 Encryption required for requested authentication mechanism', 'no-password-sign-in'],
  ['[AUTHENTICATIONFAILED] Authentication failed.', 'wrong-password'],
  ['535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6', 'wrong-password'],
  ['-ERR [AUTH] Authentication failed.', 'wrong-password'],
  ['-ERR', 'wrong-password'],
  ['481 Authentication failed', 'wrong-password'],
  ['502 Authentication Failed', 'wrong-password'],
  ['502 Access Denied. Please check your login/pw.', 'wrong-password'],
  ['502 no permission', 'wrong-password'],
  ['502 Command not implemented', 'no-password-sign-in'],
  ['482 Too many connections for your user', 'server-too-many-connections'],
  ['502 Too many connections', 'server-too-many-connections'],
  ['403 internal fault', 'server-unavailable'],
  ['LDAPv3 result 49: ', 'wrong-password'],
  ['LDAPv3 result 34: invalid DN', 'directory-name-wanted'],
  ['LDAPv3 result 51: ', 'server-unavailable'],
  ['LDAPv3 result 80: internal error', 'server-unavailable'],
  ['LDAPv3 result 32: ', 'wrong-password'],
  ['LDAPv2 result 2 without password: requested protocol version not allowed', 'ldap-version-refused'],
  // OpenLDAP
  ['LDAPv3 result 53: unauthenticated bind (DN with no password) disallowed', 'credentials-missing'],
  ['LDAPv3 result 48 without password: anonymous bind disallowed', 'credentials-missing'],
  ['LDAPv3 result 53: unwilling to perform simple authentication', 'no-password-sign-in'],
  ['LDAPv3 result 13: confidentiality required', 'no-password-sign-in'],
  ['LDAPv3 result 7: unknown authentication method', 'no-password-sign-in'],
  // 389 Directory Server, FreeIPA
  ['LDAPv3 result 19: Exceed password retry limit. Please try later.', 'account-blocked'],
  ['LDAPv3 result 19: Exceed password retry limit. Contact system administrator to reset.', 'account-blocked'],
  ['LDAPv3 result 53: Account inactivated. Contact system administrator.', 'account-disabled'],
  ['LDAPv3 result 53: Account (Kerberos principal) is expired', 'account-disabled'],
  ['LDAPv3 result 49: password expired!', 'password-expired'],
  ['LDAPv3 result 53 without password: Unauthenticated binds are not allowed', 'credentials-missing'],
  ['LDAPv3 result 48 without password: Anonymous access is not allowed', 'credentials-missing'],
  ['LDAPv3 result 53: Minimum SSF not met.', 'no-password-sign-in'],
  // Whoever gave a password is not told to give one.
  ['LDAPv3 result 48: Inappropriate authentication', 'sign-in-refused'],
  // OpenDJ
  [
    'LDAPv3 result 53 without password: Unable to process the simple bind request because it contained a bind DN but no password, which is forbidden by the server configuration',
    'credentials-missing',
  ],
  // Active Directory
  ...(
    [
      ['525', 'wrong-password'],
      ['52e', 'wrong-password'],
      ['52f', 'account-disabled'],
      ['530', 'account-disabled'],
      ['531', 'account-disabled'],
      ['532', 'password-expired'],
      ['533', 'account-disabled'],
      ['701', 'account-disabled'],
      ['773', 'password-expired'],
      ['775', 'account-blocked'],
    ] as const
  ).map(([data, code]): [string, string] => [
    `LDAPv3 result 49: 80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v4563\0`,
    code,
  ]),
  [
    'LDAPv3 result 8: 00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v4563',
    'no-password-sign-in',
  ],
  // eDirectory
  ['LDAPv3 result 53: NDS error: bad password (-222)', 'password-expired'],
  ['LDAPv3 result 53: NDS error: login lockout (-197)', 'account-blocked'],
  ['LDAPv3 result 53: NDS error: log account expired (-220)', 'account-disabled'],
  ['LDAPv3 result 49: NDS error: failed authentication (-669)', 'wrong-password'],
  ['LDAPv3 result 53: DSA is unwilling to perform', 'sign-in-refused'],
  ['LDAPv3 result 1: ', 'sign-in-refused'],
  ['[EXPIRED] Password expired', 'password-expired'],
  ['-ERR [AUTH] Your password has expired', 'password-expired'],
  ['535 5.7.8 Account is disabled', 'account-disabled'],
  ['', 'wrong-password'],
])('%s', (reply, code) => {
  expect(signInFinding(reply, 'mail.example.org').code).toBe(code);
});

test.each([
  ['[AUTHENTICATIONFAILED] Login failed', 'mail.example.org', 'wrong-password'],
  ['Invalid user name or password', 'mail.example.org', 'wrong-password'],
  ['Invalid credentials', 'imap.gmail.com', 'app-password-needed'],
  ['421 4.7.0 Too many failed login attempts', 'mail.example.org', 'account-blocked'],
  ['Temporary authentication failure', 'imap.gmail.com', 'server-unavailable'],
  ['Login timed out', 'mail.example.org', 'server-unavailable'],
  ['Too long in login phase', 'mail.example.org', 'server-unavailable'],
  ['Autologout; idle for too long', 'imap.gmail.com', 'server-unavailable'],
  ['421 4.7.0 too many connections', 'mail.example.org', 'server-too-many-connections'],
  ['Connection refused: IP banned', 'imap.gmail.com', 'address-blocked'],
  ['', 'imap.gmail.com', 'server-unavailable'],
])('a goodbye in place of an answer: %j of %s is %s', (words, server, code) => {
  expect(goodByeFinding(words, server).code).toBe(code);
});

test.each([
  ['imap.gmail.com', 'app-password-needed', 'Gmail'],
  ['imap.mail.me.com', 'app-password-needed', 'iCloud'],
  ['smtp.mail.yahoo.com', 'app-password-needed', 'Yahoo (AOL)'],
  ['outlook.office365.com', 'oauth-needed', 'Microsoft'],
  ['imap.gmail.com.example.org', 'wrong-password', undefined],
  ['imapxgmail.com', 'wrong-password', undefined],
])('a bare refusal of %s', (server, code, provider) => {
  const finding = signInFinding('[AUTHENTICATIONFAILED] Invalid credentials (Failure)', server);
  expect([finding.code, (finding.facts as { provider?: string } | undefined)?.provider]).toEqual([code, provider]);
});

test('nothing of the reply is in the finding', () => {
  const finding = signInFinding('534-5.7.9 Application-specific password required, ada, hunter2', 'mail.example.org');
  expect(JSON.stringify(finding)).not.toMatch(/ada|hunter2/);
});

test('the table can be read, and each row says where it is from', () => {
  for (const { reply, server, code, source } of knownReplies) {
    expect(reply ?? server).toBeDefined();
    for (const expression of [reply, server]) if (expression) expect(() => new RegExp(expression, 'i')).not.toThrow();
    expect(diagnosisCodes).toContain(code);
    expect(source).not.toBe('');
  }
});

test.each([
  ['LDAPv3 result 50: ', 'directory-refused'],
  ['LDAPv3 result 53: ', 'directory-refused'],
  [
    'LDAPv3 result 1: 000004DC: In order to perform this operation a successful bind must be completed',
    'directory-refused',
  ],
  ['LDAPv3 result 52: ', 'server-unavailable'],
])('behind a sign-in to a directory, %j is %s', (reply, code) => {
  expect(afterwardsFinding(reply, { protocol: 'ldap', server: 'ldap.example.org' }).code).toBe(code);
});

test('an endless reply is looked at only so far', () => {
  expect(signInFinding(`${'x '.repeat(100_000)}app password`, '').code).toBe('wrong-password');
});
