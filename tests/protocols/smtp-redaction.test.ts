import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactSmtpCommand, redactSmtpReply } from '../../proxy/protocols/smtp-redaction.ts';

test.each([
  ['EHLO old-pc', 'EHLO old-pc'],
  ['MAIL FROM:<a@example.org> SIZE=12', 'MAIL FROM:<a@example.org> SIZE=12'],
  ['MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8 AUTH=hunter2', 'MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8 ‹secret›'],
  ['MAIL FROM:<a@b> SIZE=1hunter2', 'MAIL FROM:<a@b> ‹secret›'],
  ['rcpt to:<c@d> NOTIFY=NEVER', 'RCPT to:<c@d> NOTIFY=NEVER'],
  ['RCPT hunter2', 'RCPT ‹secret›'],
  ['EHLO hunter 2', 'EHLO ‹secret›'],
  ['NOOP hunter2', 'NOOP ‹secret›'],
  ['BDAT 500 LAST', 'BDAT 500 LAST'],
  ['QUIT', 'QUIT'],
  ['AUTH LOGIN', 'AUTH LOGIN'],
  ['auth plain AGFsaWNlAHNlY3JldA==', 'AUTH plain ‹secret›'],
  ['AUTH  PLAIN  AGFsaWNlAHNlY3JldA==', 'AUTH PLAIN ‹secret›'],
  ['AUTH=PLAIN AGFsaWNl', 'AUTH ‹secret›'],
  ['AUTH hunter2', 'AUTH ‹secret›'],
  ['AUTH', 'AUTH'],
  ['AGFsaWNlAHNlY3JldA==', '‹secret› (not an SMTP command)'],
  ['hunter2', '‹secret› (not an SMTP command)'],
])('%j is shown as %j', (line, expected) => {
  expect(redactSmtpCommand(Buffer.from(line))).toBe(expected);
});

test('a secret behind AUTH never shows, whatever the spelling', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('AUTH', 'auth', 'Auth'),
      fc.constantFrom(' ', '  ', '\t', '=', ' = '),
      fc.constantFrom('PLAIN', 'LOGIN', 'X-OAUTH2', ''),
      fc.constantFrom(' ', '  ', '\t'),
      (verb, gap, mechanism, space) => {
        const secret = 'c2VjcmV0LWNhbmFyeS1zZWNyZXQtY2FuYXJ5';
        expect(redactSmtpCommand(Buffer.from(`${verb}${gap}${mechanism}${space}${secret}`))).not.toContain(secret);
      },
    ),
  );
});

test.each([
  ['235 2.7.0 Welcome hunter2', '235 2.7.0 ‹secret›'],
  ['535 hunter2', '535 ‹secret›'],
  ['250-hunter2', '250- ‹secret›'],
  ['250 2.0.0', '250 2.0.0'],
  ['250', '250'],
  ['hunter2', ' ‹secret›'],
])('the answer %j is shown as %j', (line, expected) => {
  expect(redactSmtpReply(Buffer.from(line))).toBe(expected);
});
