import { expect, test } from 'vitest';
import { answersBeforeRaw } from './answers.ts';

const paired = (protocol: 'smtp' | 'pop3', said: string, heard: string) =>
  answersBeforeRaw(protocol, said, heard).map(({ line, answer }) => [line.trimEnd(), answer]);

test('POP3: lists belong to CAPA and to a bare AUTH; a success in answer to a password is the last', () => {
  const heard = '+OK hi\r\n+OK\r\nUIDL\r\n.\r\n-ERR what\r\n+OK\r\n+OK here\r\nSTLS\r\n.\r\n+OK in\r\n';
  expect(paired('pop3', 'CAPA\r\nAUTH\r\nUSER x\r\nPASS y\r\nSTAT\r\n', heard)).toEqual([
    ['CAPA', '+OK\r\nUIDL\r\n.\r\n'],
    ['AUTH', '-ERR what\r\n'],
    ['USER x', '+OK\r\n'],
    ['PASS y', '+OK here\r\n'],
  ]);
});

test('POP3: what follows a challenge is no command', () => {
  expect(paired('pop3', 'AUTH LOGIN\r\nCAPA\r\nNOOP\r\nhalf', '+OK\r\n+ \r\n-ERR no\r\n+OK\r\n')).toEqual([
    ['AUTH LOGIN', '+ \r\n'],
    ['CAPA', '-ERR no\r\n'],
    ['NOOP', '+OK\r\n'],
  ]);
});

test('SMTP: a reply has several lines, and MAIL begins the raw bytes unless it is malformed', () => {
  const heard = '220-a\r\n220 b\r\n250-c\r\n250 d\r\n501 e\r\n250 f\r\n250-g\r\n250 STARTTLS\r\n';
  expect(paired('smtp', 'EHLO x\r\nMAIL a\nNOOP\r\nMAIL b\r\nNOOP\r\n', heard)).toEqual([
    ['EHLO x', '250-c\r\n250 d\r\n'],
    ['MAIL a', '501 e\r\n'],
    ['NOOP', '250 f\r\n'],
  ]);
});

test('SMTP: a sign-in ends with 235, and goes on with 334', () => {
  expect(
    paired('smtp', 'AUTH LOGIN\r\nMAIL\r\ny\r\nNOOP\r\n', '220 a\r\n334 b\r\n334 c\r\n235 d\r\n250 e\r\n'),
  ).toEqual([
    ['AUTH LOGIN', '334 b\r\n'],
    ['MAIL', '334 c\r\n'],
    ['y', '235 d\r\n'],
  ]);
});
