import { expect, test } from 'vitest';
import type { Protocol } from '../../proxy/contract/index.ts';
import {
  greetingFinding,
  knownRefusals,
  recogniseGreeting,
  turnedAwayFinding,
} from '../../proxy/diagnosis/greeting.ts';

test.each([
  ['220 mail ESMTP', 'smtp'],
  ['421-4.3.2 no', 'smtp'],
  ['* OK ready', 'imap'],
  ['* BYE', 'imap'],
  ['+OK', 'pop3'],
  ['-ERR no', 'pop3'],
  ['HTTP/1.1 302 Found', 'http'],
  ['<!DOCTYPE html>', 'http'],
  ['\x15\x03\x01\x00\x02', 'tls'],
  ['\x16\x03', 'tls'],
  ['SSH-2.0', null],
  ['2', null],
  ['', null],
])('%j is %s', (said, spoken) => {
  expect(recogniseGreeting(said)).toBe(spoken);
});

test.each([
  ['HTTP/1.1 400', 'imap', 'captive-portal'],
  ['\x16\x03\x03', 'smtp', 'port-wants-implicit-tls'],
  ['220 hello', 'imap', 'wrong-protocol'],
  ['* OK hello', 'pop3', 'wrong-protocol'],
  ['421 4.7.0 Error: too many connections from 192.0.2.1', 'smtp', 'server-too-many-connections'],
  ['554 No SMTP service here', 'smtp', 'connection-unwanted'],
  ['-ERR [SYS/TEMP] later', 'pop3', 'server-unavailable'],
  // Busy servers, in their own words.
  ['421 Server is busy, try again later.', 'imap', 'server-unavailable'],
  ['421 Too many connections', 'pop3', 'server-too-many-connections'],
  ['* NO Server overloaded', 'imap', 'server-unavailable'],
  ['* NO [LIMIT] Maximum number of connections from user+IP exceeded', 'imap', 'server-too-many-connections'],
  ['* BYE', 'imap', 'server-unavailable'],
  ['* BYE Connection refused: IP banned', 'imap', 'address-blocked'],
  ['-ERR', 'pop3', 'server-unavailable'],
  ['421 4.3.2 Service not available, closing transmission channel', 'smtp', 'server-unavailable'],
  ['421 4.4.5 Server busy, too many connections', 'smtp', 'server-too-many-connections'],
  ['450 4.3.2 Service currently unavailable', 'smtp', 'server-unavailable'],
  // Block lists in place of a greeting.
  ['554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org', 'smtp', 'address-blocked'],
  [
    '554-mx.example.net (mxgmx) Nemesis ESMTP Service not available\r\n554 IP address is black listed',
    'smtp',
    'address-blocked',
  ],
  ['554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help: reputation)', 'smtp', 'address-blocked'],
  ['550 5.7.1 Your IP address is listed in the PBL', 'smtp', 'address-blocked'],
  ['421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred; see the blocklist', 'smtp', 'address-blocked'],
  ['554 5.7.1 blocked by policy', 'imap', 'address-blocked'],
  ['554 IP=192.0.2.7 - None/bad reputation. Ask your postmaster for help. (NOWL)', 'smtp', 'address-blocked'],
  ['554 IP=192.0.2.7 - Dialup/transient IP not allowed', 'smtp', 'address-blocked'],
  [
    '554-gmx.net (mxgmx114) Nemesis ESMTP Service not available\r\n554-No SMTP service\r\n554-Bad DNS PTR resource record.',
    'smtp',
    'address-blocked',
  ],
  ['550 black ip', 'smtp', 'address-blocked'],
  ['554 rbl deny', 'smtp', 'address-blocked'],
  [
    '421 mail.example: Too many concurrent SMTP connections; please try again later.',
    'smtp',
    'server-too-many-connections',
  ],
  ['* BYE Too many connections from your IP', 'imap', 'server-too-many-connections'],
  ['* BYE Disconnected for inactivity.', 'imap', 'server-unavailable'],
  // Exchange, where IMAP is switched off or only taken inside TLS.
  ['* BYE Connection refused', 'imap', 'connection-unwanted'],
  ['521 server does not accept mail', 'smtp', 'connection-unwanted'],
  ['554', 'smtp', 'connection-unwanted'],
  // SMTP on another protocol's port is that, whatever it says for good.
  ['554 No SMTP service here', 'imap', 'wrong-protocol'],
  ['junk', 'imap', undefined],
  ['SSH-2.0', 'imap', undefined],
] as const)('%j where %s is expected', (said, expected, code) => {
  expect(greetingFinding(said, expected)?.code).toBe(code);
});

// What the servers that people have are known to say in place of a welcome. By their makers and providers, from A to Z.
test.each<[string, Protocol, string, string]>([
  ['Aruba (Cloudmark)', 'smtp', '554 mx04.example bizsmtp x Connection refused from 192.0.2.7.', 'address-blocked'],
  ['Coremail', 'smtp', '550 IP is rejected', 'address-blocked'],
  ['Courier', 'imap', '* BYE Temporary problem, please try again later', 'server-unavailable'],
  ['Courier', 'pop3', '-ERR Temporary problem, please try again later', 'server-unavailable'],
  ['Cyrus', 'imap', '* BYE System busy', 'server-unavailable'],
  ['Cyrus', 'imap', "* BYE Fatal error: can't open mailbox list", 'server-unavailable'],
  ['Domino', 'smtp', '421 mx.example SMTP service not available, closing transmission channel', 'server-unavailable'],
  ['Domino', 'smtp', '554 Mail from 192.0.2.7 rejected: found in DNS blacklist at bl.example', 'address-blocked'],
  ['Dovecot', 'imap', '* BYE Disconnected: Connection queue full', 'server-too-many-connections'],
  ['Dovecot', 'imap', '* BYE Server shutting down.', 'server-unavailable'],
  ['Dovecot', 'pop3', '-ERR Disconnected: Connection queue full', 'server-too-many-connections'],
  ['Exchange', 'smtp', '421 4.3.2 Service not available', 'server-unavailable'],
  [
    'Exchange',
    'smtp',
    '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
    'server-too-many-connections',
  ],
  ['Exchange', 'imap', '* BYE Server Unavailable. 15', 'server-unavailable'],
  ['Exchange', 'imap', '* BYE Connection is closed. 14', 'server-unavailable'],
  ['Exchange', 'pop3', '-ERR Connection is closed. 16', 'server-unavailable'],
  ['Exim', 'smtp', '421 Unexpected failure, please try later', 'server-unavailable'],
  ['Exim', 'smtp', '554 SMTP synchronization error', 'connection-unwanted'],
  ['Exim', 'smtp', '550 Administrative prohibition', 'connection-unwanted'],
  ['Exim (cPanel)', 'smtp', '550 "JunkMail rejected - (host) [192.0.2.7] is in an RBL"', 'address-blocked'],
  ['Gmail', 'smtp', '421 4.7.0 Try again later, closing connection. x - gsmtp', 'server-unavailable'],
  [
    'Gmail',
    'smtp',
    '421-4.7.0 [192.0.2.7 15] Our system has detected an unusual rate of unsolicited mail originating from your IP address. mail sent from your IP address has been temporarily blocked.',
    'address-blocked',
  ],
  ['GMX, web.de', 'smtp', '421 Rate limit reached. Please try again later', 'server-too-many-connections'],
  [
    'GMX, web.de',
    'smtp',
    '554-web.de (mxweb104) Nemesis ESMTP Service not available\r\n554-No SMTP service\r\n554-IP address is block listed.',
    'address-blocked',
  ],
  ['GroupWise', 'smtp', '421 gwia.example Service not available', 'server-unavailable'],
  ['hMailServer', 'smtp', '421 Too many connections', 'server-too-many-connections'],
  ['IceWarp', 'smtp', '421 4.3.2 mx.example too many connections from your host', 'server-too-many-connections'],
  [
    'iCloud',
    'smtp',
    '550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.7',
    'address-blocked',
  ],
  ['Kerio', 'imap', '* BYE Too many connections from this IP address', 'server-too-many-connections'],
  ['Kerio', 'pop3', '-ERR Too many connections from this IP address', 'server-too-many-connections'],
  ['LogSat', 'smtp', '421 Your IP is temporarily blocked, please try again later', 'address-blocked'],
  [
    'MailEnable',
    'smtp',
    '451 ESMTP MailEnable Service temporarily refused connection at 10/19/19 00:01:25 from IP (192.0.2.7) because the server is too busy.',
    'server-unavailable',
  ],
  [
    'MailEnable',
    'smtp',
    '530 mx.example ESMTP MailEnable Service, Version: 9.00--9.00 denied access at 01/01/17 17:00:00',
    'address-blocked',
  ],
  ['Mail.ru', 'smtp', '550 Access from ip address 192.0.2.7 blocked.', 'address-blocked'],
  [
    'Mail.ru',
    'smtp',
    '421 Your mail server was limited to 0 connections per hour (ratelimited)',
    'server-too-many-connections',
  ],
  ['MDaemon', 'pop3', '-ERR Too many POP sessions from your IP', 'server-too-many-connections'],
  ['nginx', 'pop3', '-ERR internal server error', 'server-unavailable'],
  ['nginx (Zimbra)', 'imap', '* BAD internal server error', 'server-unavailable'],
  [
    'Outlook.com',
    'smtp',
    '421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed.',
    'server-too-many-connections',
  ],
  [
    'Outlook.com',
    'smtp',
    '550 5.7.1 messages from [192.0.2.7] were not sent: part of their network is on our block list (S3150).',
    'address-blocked',
  ],
  ['Postfix', 'smtp', '421 4.7.0 mx.example Error: too many connections from 192.0.2.7', 'server-too-many-connections'],
  ['Postfix (postscreen)', 'smtp', '421 4.3.2 All server ports are busy', 'server-unavailable'],
  ['Postfix (postscreen)', 'smtp', '521 5.5.1 Protocol error', 'connection-unwanted'],
  ['qmail', 'smtp', '421 out of memory (#4.3.0)', 'server-unavailable'],
  ['qmail-ldap', 'smtp', '421 Service temporarily not available (#4.3.2)', 'server-unavailable'],
  ['qmail-ldap', 'smtp', '550 Sorry, your message has been administratively denied. (#5.7.1)', 'connection-unwanted'],
  ['QQ', 'smtp', '550 Connection frequency limited. http://service.mail.qq.example/', 'server-too-many-connections'],
  ['Rackspace', 'smtp', '421 Too many concurrent connections from this client (G2)', 'server-too-many-connections'],
  ['Rackspace', 'smtp', '450 4.7.1 Client host 192.0.2.7 has no PTR record (G1F)', 'address-blocked'],
  ['Sendmail', 'smtp', '421 4.3.2 Too many open connections.', 'server-too-many-connections'],
  ['Sendmail', 'smtp', '421 4.3.2 Connection rate limit exceeded.', 'server-too-many-connections'],
  ['Sendmail', 'smtp', '554 mx.example ESMTP not accepting messages', 'connection-unwanted'],
  ['SmarterMail', 'pop3', '421 Server is busy, try again later', 'server-unavailable'],
  [
    'T-Online',
    'smtp',
    '554 IP=192.0.2.7 - A problem occurred. (Ask your postmaster for help or to contact the provider to clarify.)',
    'address-blocked',
  ],
  [
    'VPOP3',
    'smtp',
    '421 4.3.2 VPOP3 Too many connections from your IP address - try later',
    'server-too-many-connections',
  ],
  [
    'Yahoo',
    'smtp',
    '421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints',
    'address-blocked',
  ],
  ['Yahoo', 'smtp', '421 4.7.1 [TS03] All messages from 192.0.2.7 will be permanently deferred', 'address-blocked'],
  [
    'Yahoo',
    'smtp',
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in Spamhaus's list",
    'address-blocked',
  ],
  ['Yandex', 'imap', '* BYE IMAP Internal server error. Try to login again later', 'server-unavailable'],
  ['Yandex', 'smtp', '554 5.7.1 [2] Connection refused for abuse', 'address-blocked'],
  ['Zimbra', 'imap', '* BYE mail.example Zimbra IMAP4rev1 server terminating connection', 'server-unavailable'],
  ['ZoneMTA’s peer', 'smtp', '554 5.7.1 You are not allowed to connect.', 'address-blocked'],
])('%s, %s: %j', (_, protocol, said, code) => {
  expect(greetingFinding(said, protocol)?.code).toBe(code);
});

test.each([
  ['550 5.7.1 Access denied - invalid HELO name', 'greeting-name-refused'],
  ['450 4.7.1 <[127.0.0.1]>: Helo command rejected: Host not found', 'greeting-name-refused'],
  ['501 5.5.4 Invalid domain name', 'greeting-name-refused'],
  ['553 5.5.4 <x>: Need a fully-qualified hostname', 'greeting-name-refused'],
  ['550 5.7.1 impersonation of 127.0.0.1', 'greeting-name-refused'],
  ['421 4.7.0 Too many connections from your IP', 'server-too-many-connections'],
  ['450 4.3.2 try again later', 'server-unavailable'],
  ['451 4.7.1 greylisted, try later', 'server-unavailable'],
  ['554 5.7.1 Client host rejected: listed at bl.spamcop.net', 'address-blocked'],
  ['550 5.7.25 Client host rejected: cannot find your hostname', 'address-blocked'],
  ['550 go away', 'connection-unwanted'],
  ['550', 'connection-unwanted'],
  ['555 helohost error', 'greeting-name-refused'],
  ['504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname', 'greeting-name-refused'],
])('%j in answer to EHLO', (said, code) => {
  expect(turnedAwayFinding(said, 'smtp', 'introduction').code).toBe(code);
});

test('each row of the table says where its words come from', () => {
  for (const { reply, source } of knownRefusals) {
    expect(() => new RegExp(reply, 'i')).not.toThrow();
    expect(source.length).toBeGreaterThan(10);
  }
});
