import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactedWord, redactLine, redactText } from '../../proxy/log/redact.ts';

const secret = 'Hunter2-Hunter2';
const blob = Buffer.from(`\0ann\0${secret}`).toString('base64');

describe('what carries a secret', () => {
  test.each([
    [`AUTH PLAIN ${blob}`, `AUTH PLAIN ${redactedWord}`],
    [`auth xoauth2 ${blob}`, `auth xoauth2 ${redactedWord}`],
    [`a1 AUTHENTICATE PLAIN ${blob}`, `a1 AUTHENTICATE PLAIN ${redactedWord}`],
    [`a1 LOGIN ann ${secret}`, `a1 LOGIN ${redactedWord}`],
    [`a1 login "ann" {15+}`, `a1 login ${redactedWord}`],
    [`PASS ${secret}`, `PASS ${redactedWord}`],
    [`pass ${secret} with spaces`, `pass ${redactedWord}`],
    ['APOP ann c4c9334bac560ecc979e58001b3e22fb', `APOP ${redactedWord}`],
    ['334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2U+', `334 ${redactedWord}`],
    ['AUTHINFO USER ann', `AUTHINFO USER ${redactedWord}`],
    [`AUTHINFO PASS ${secret}`, `AUTHINFO PASS ${redactedWord}`],
    [`authinfo pass ${secret} with spaces`, `authinfo pass ${redactedWord}`],
    [`AUTHINFO SIMPLE ann ${secret}`, `AUTHINFO SIMPLE ${redactedWord}`],
    [`AUTHINFO GENERIC scheme ${secret}`, `AUTHINFO GENERIC ${redactedWord}`],
    [`AUTHINFO SASL PLAIN ${blob}`, `AUTHINFO SASL PLAIN ${redactedWord}`],
    ['383 PDEyMw==', `383 ${redactedWord}`],
    [`+ ${blob}`, `+ ${redactedWord}`],
    [blob, redactedWord],
    [`  ${blob}  `, redactedWord],
    ['dGVzdA==', redactedWord],
  ])('%s', (line, expected) => {
    expect(redactLine(line)).toBe(expected);
  });

  test.each([
    [`Authorization: Bearer abc.def-ghi`, `Authorization: Bearer ${redactedWord}`],
    [`password=${secret}&x=1`, `password=${redactedWord}&x=1`],
    [`{"password": "${secret}"}`, `{"password": ${redactedWord}}`],
    [`token: "${secret}" left`, `token: ${redactedWord} left`],
    [`seen ${blob.repeat(3)} there`, `seen ${redactedWord} there`],
  ])('in a text: %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test('no password survives in any command that carries one, whatever it is made of', () => {
    const word = fc.stringMatching(/^[!-~]{6,30}$/);
    fc.assert(
      fc.property(
        word,
        fc.constantFrom(
          ...['PASS ', 'a LOGIN ann ', 'AUTH PLAIN ', 'x AUTHENTICATE LOGIN ', 'APOP ann '],
          ...['AUTHINFO PASS ', 'AUTHINFO SASL PLAIN ', 'AUTHINFO SIMPLE ann ', 'AUTHINFO GENERIC x '],
        ),
        (password, command) => {
          // If a password is part of the command's own words, it cannot be told apart from them.
          fc.pre(!`${command}${redactedWord}`.includes(password));
          expect(redactLine(command + password)).not.toContain(password);
        },
      ),
    );
  });
});

describe('what carries none stays as it is', () => {
  test.each([
    'EHLO mail.example.org',
    'STARTTLS',
    'CAPABILITY',
    'a1 CAPABILITY',
    '* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR',
    '250-AUTH PLAIN LOGIN',
    '250 SIZE 35882577',
    'MAIL FROM:<ann@example.org>',
    '+OK POP3 ready',
    '+ idling',
    'USER ann',
    '235 2.7.0 Authentication successful',
    'AUTHINFO SASL PLAIN',
    'AUTHINFO',
    '281 Authentication accepted',
    '381 Password required',
    'a1 OK [CAPABILITY IMAP4rev1] Logged in',
  ])('%s', (line) => expect(redactLine(line)).toBe(line));

  test.each([
    'stop',
    'ready',
    'The server imap.example.org did not answer within 15 seconds.',
    'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_AND_MORE_OF_IT',
    'SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'at listen (file:///opt/postern/dist/main/parts/chunk.js:1:20)',
  ])('in a text: %s', (text) => expect(redactText(text)).toBe(text));
});
