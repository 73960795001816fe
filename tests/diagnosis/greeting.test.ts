import { expect, test } from 'vitest';
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
