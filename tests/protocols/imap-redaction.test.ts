import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isSecretImapCommand,
  redactImapCommand,
  redactImapResponse,
  redactImapTag,
} from '../../proxy/protocols/imap-redaction.ts';
import { parseImapCommand } from '../../proxy/protocols/imap-syntax.ts';

const command = (text: string) => redactImapCommand(Buffer.from(text, 'latin1'));
const response = (text: string, secret: boolean) => redactImapResponse(Buffer.from(text, 'latin1'), secret);

describe('commands', () => {
  test.each([
    ['a1 LOGIN anna hunter2', 'a1 LOGIN ‹secret›'],
    ['a1 login "anna" {7+}', 'a1 LOGIN ‹secret›'],
    ['a1 AUTHENTICATE PLAIN AGFubmEAaHVudGVyMg==', 'a1 AUTHENTICATE PLAIN ‹secret›'],
    ['a1 authenticate cram-md5', 'a1 AUTHENTICATE cram-md5'],
    ['a1 AUTHENTICATE SCRAM-SHA-256 x', 'a1 AUTHENTICATE SCRAM-SHA-256 ‹secret›'],
    ['a1 AUTHENTICATE hunter2', 'a1 AUTHENTICATE ‹secret›'],
    ['a1 CAPABILITY', 'a1 CAPABILITY'],
    ['a1 NOOP hunter2', 'a1 NOOP ‹secret›'],
    ['a1 COMPRESS DEFLATE', 'a1 COMPRESS DEFLATE'],
    ['a1 ID ("name" "x")', 'a1 ID ‹secret›'],
    ['hunter2', '‹secret› (not an IMAP command)'],
    ['a1 hunter2', '‹secret› (not an IMAP command)'],
    ['a1  LOGIN anna hunter2', '‹secret› (not an IMAP command)'],
  ])('%s', (line, expected) => {
    expect(command(line)).toBe(expected);
  });

  test('no argument of a sign-in is ever shown', () => {
    const secret = fc.stringMatching(/^[!-~]{1,30}$/).map((text) => `hUnTeR2${text}`);
    const form = fc.constantFrom(
      (s: string) => `a1 LOGIN anna ${s}`,
      (s: string) => `a1 LOGIN ${s}`,
      (s: string) => `a1 LOGIN ${s} {3}`,
      (s: string) => `a1 login "${s}"`,
      (s: string) => `a1 AUTHENTICATE PLAIN ${s}`,
      (s: string) => `a1 AUTHENTICATE ${s}`,
      (s: string) => `a1 AUTHENTICATE PLAIN  ${s} ${s}`,
      (s: string) => `a1 ${s}`,
      (s: string) => s,
      (s: string) => `a1 LOGINX ${s}`,
      (s: string) => `a1\tLOGIN anna ${s}`,
      (s: string) => `a1 ID ${s}`,
    );
    fc.assert(
      fc.property(secret, form, (text, make) => {
        expect(command(make(text))).not.toContain('hUnTeR2');
      }),
    );
  });
});

describe('responses', () => {
  test.each([
    ['+ PDE4OTYuNjk3MTcwOTUyQHg+', false, '+ ‹secret›'],
    ['* OK ready', false, '* OK ready'],
    ['a1 NO [AUTHENTICATIONFAILED] no user hunter2', true, 'tagged NO [AUTHENTICATIONFAILED] ‹secret›'],
    ['a1 BAD unknown: LOGIN anna hunter2', true, 'tagged BAD ‹secret›'],
    ['hunter2 BAD x', true, 'tagged BAD ‹secret›'],
    ['* NO [hunter2] x', true, '* NO ‹secret›'],
    ['* CAPABILITY hunter2', true, '* CAPABILITY ‹secret›'],
    ['* hunter2', true, '* ‹secret›'],
    ['hunter2', false, '‹secret›'],
  ] as const)('%s (%s)', (line, secret, expected) => {
    expect(response(line, secret)).toBe(expected);
  });

  test('a server that repeats a secret shows it to nobody', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom('* OK ', 'a1 NO ', 'a1 BAD [', '* ', '+ ', '* BYE [', ''),
        (a, b, beginning) => {
          expect(response(`${beginning}${a}hUnTeR2${b}`, true)).not.toContain('hUnTeR2');
        },
      ),
    );
  });
});

test.each([
  ['LOGIN anna x', true],
  ['LOGIN', true],
  ['AUTHENTICATE PLAIN', true],
  ['AUTHENTICATE', true],
  ['WHATEVER', true],
  ['APPEND INBOX {3}', true],
  ['NOOP x', true],
  ['NOOP', false],
  ['CAPABILITY', false],
  ['ID NIL', false],
  ['COMPRESS DEFLATE', false],
])('%s is secret: %s', (text, secret) => {
  const parsed = parseImapCommand(Buffer.from(`a1 ${text}`));
  if (!parsed) throw new Error('no command');
  expect(isSecretImapCommand(parsed)).toBe(secret);
});

test.each([
  ['a1', 'a1'],
  ['*', '*'],
  ['+', '+'],
  ['P0123456789abcdef', 'P0123456789abcdef'],
  ['a01', 'a01'],
  ['a001', '‹tag›'],
  ['hunter2', '‹tag›'],
  ['p@ss', '‹tag›'],
])('the tag %s is shown as %s', (tag, expected) => {
  expect(redactImapTag(tag)).toBe(expected);
  expect(command(`${tag} NOOP`).endsWith('command)') || command(`${tag} NOOP`) === `${expected} NOOP`).toBe(true);
});

test.each([
  ['hunter2', true],
  ['correcthorse', true],
  ['pin7', false],
  ['a0001', false],
  ['00000017', false],
  ['a1', false],
])('behind the tag %s what a server says may be a secret: %s', (tag, secret) => {
  const parsed = parseImapCommand(Buffer.from(`${tag} NOOP`));
  if (!parsed) throw new Error('no command');
  expect(isSecretImapCommand(parsed)).toBe(secret);
});

test('a tag that may be a secret is not shown in the answer either', () => {
  expect(response('hunter2hunter2 OK done', false)).toBe('‹tag› OK done');
  expect(response('a1 OK done', false)).toBe('a1 OK done');
  const saidBack = '* BAD unknown: Hunter2, HUNTER2';
  expect(redactImapResponse(Buffer.from(saidBack), false, 'hunter2')).toBe('* BAD unknown: ‹tag›, ‹tag›');
});
