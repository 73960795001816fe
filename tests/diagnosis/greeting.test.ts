import { expect, test } from 'vitest';
import { greetingFinding, recogniseGreeting } from '../../proxy/diagnosis/greeting.ts';

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
  ['554 No SMTP service here', 'smtp', 'server-unavailable'],
  ['-ERR [SYS/TEMP] later', 'pop3', 'server-unavailable'],
  ['SSH-2.0', 'imap', undefined],
] as const)('%j where %s is expected', (said, expected, code) => {
  expect(greetingFinding(said, expected)?.code).toBe(code);
});
