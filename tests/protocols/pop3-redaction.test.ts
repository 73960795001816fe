import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecretPop3Command, redactPop3Command, redactPop3Reply } from '../../proxy/protocols/pop3-redaction.ts';

const command = (text: string) => redactPop3Command(Buffer.from(text, 'latin1'));
const reply = (text: string, secret: boolean) => redactPop3Reply(Buffer.from(text, 'latin1'), secret);

describe('commands', () => {
  test.each([
    ['USER anna', 'USER ‹secret›'],
    ['PASS hunter2', 'PASS ‹secret›'],
    ['pass two words', 'PASS ‹secret›'],
    ['APOP anna c4c9334bac560ecc979e58001b3e22fb', 'APOP ‹secret›'],
    ['APOP hunter2', 'APOP ‹secret›'],
    ['APOP anna hunter2 x', 'APOP ‹secret›'],
    ['APOP hunter2 x', 'APOP ‹secret›'],
    ['LIST 5', 'LIST 5'],
    ['TOP 5 10', 'TOP 5 10'],
    ['LIST hunter2', 'LIST ‹secret›'],
    ['NOOP hunter2', 'NOOP ‹secret›'],
    ['PASS 123', 'PASS ‹secret›'],
    ['XTND 123', 'XTND ‹secret›'],
    ['AUTH', 'AUTH'],
    ['AUTH PLAIN', 'AUTH PLAIN'],
    ['AUTH PLAIN AGFubmEA', 'AUTH PLAIN ‹secret›'],
    ['AUTH hunter2', 'AUTH ‹secret›'],
    ['CAPA', 'CAPA'],
    ['hunter2', '‹secret› (not a POP3 command)'],
    ['PASS\thunter2', '‹secret› (not a POP3 command)'],
  ])('%s', (line, expected) => {
    expect(command(line)).toBe(expected);
  });

  test('no secret argument is ever shown', () => {
    const form = fc.constantFrom(
      (s: string) => `PASS ${s}`,
      (s: string) => `pass  ${s} `,
      (s: string) => `APOP anna ${s}`,
      (s: string) => `APOP ${s}`,
      (s: string) => `AUTH PLAIN ${s}`,
      (s: string) => `AUTH ${s}`,
      (s: string) => `AUTH PLAIN ${s} ${s}`,
      (s: string) => `PASSX ${s}`,
      (s: string) => s,
    );
    fc.assert(
      fc.property(fc.string(), form, (text, make) => {
        expect(command(make(`hUnTeR2${text}`))).not.toContain('hUnTeR2');
      }),
    );
  });
});

describe('replies', () => {
  test.each([
    ['+OK ready <1896.697170952@dbc.mtview.ca.us>', false, '+OK ready ‹secret›'],
    ['-ERR [IN-USE] busy', false, '-ERR [IN-USE] busy'],
    ['-ERR [AUTH] wrong: hunter2', true, '-ERR [AUTH] ‹secret›'],
    ['-ERR [hunter2] x', true, '-ERR ‹secret›'],
    ['+OK', true, '+OK ‹secret›'],
    ['+ PDE4OTY=', false, '+ ‹secret›'],
    ['hunter2', false, '‹secret›'],
  ] as const)('%s (%s)', (line, secret, expected) => {
    expect(reply(line, secret)).toBe(expected);
  });

  test('a server that repeats a secret shows it to nobody', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('+OK ', '-ERR ', '-ERR [', '+ ', ''), (text, beginning) => {
        expect(reply(`${beginning}${text}hUnTeR2`, true)).not.toContain('hUnTeR2');
      }),
    );
  });
});

test.each([
  ['PASS x', true],
  ['APOP x y', true],
  ['AUTH PLAIN', true],
  ['AUTH', false],
  ['NOOP hunter2', true],
  ['LIST 5', false],
  ['hunter2', true],
  ['USER anna', true],
  ['USER', false],
  ['CAPA', false],
])('%s is secret: %s', (line, secret) => {
  expect(isSecretPop3Command(Buffer.from(line))).toBe(secret);
});
