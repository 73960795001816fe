import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecretNntpCommand, redactNntpCommand, redactNntpReply } from '../../proxy/protocols/nntp-redaction.ts';

const command = (text: string) => redactNntpCommand(Buffer.from(text, 'latin1'));
const reply = (text: string, secret: boolean) => redactNntpReply(Buffer.from(text, 'latin1'), secret);

describe('commands', () => {
  test.each([
    ['AUTHINFO USER anna', 'AUTHINFO USER ‹secret›'],
    ['authinfo pass hunter2', 'AUTHINFO PASS ‹secret›'],
    ['AUTHINFO PASS 123', 'AUTHINFO PASS ‹secret›'],
    ['AUTHINFO\tPASS\thunter2', 'AUTHINFO PASS ‹secret›'],
    ['AUTHINFO hunter2', 'AUTHINFO ‹secret›'],
    ['AUTHINFO hunter2 more', 'AUTHINFO ‹secret›'],
    ['AUTHINFO SIMPLE', 'AUTHINFO SIMPLE'],
    ['AUTHINFO SASL PLAIN AGFubmEA', 'AUTHINFO SASL PLAIN ‹secret›'],
    ['AUTHINFO SASL hunter2', 'AUTHINFO SASL ‹secret›'],
    ['MODE READER', 'MODE READER'],
    ['MODE hunter2', 'MODE ‹secret›'],
    ['LIST ACTIVE alt.private.*', 'LIST ACTIVE ‹secret›'],
    ['LIST hunter2', 'LIST ‹secret›'],
    ['GROUP alt.private', 'GROUP ‹secret›'],
    ['GROUP 123', 'GROUP ‹secret›'],
    ['ARTICLE 5', 'ARTICLE 5'],
    ['XOVER 1-500', 'XOVER 1-500'],
    ['ARTICLE <a@b>', 'ARTICLE ‹secret›'],
    ['hunter2', '‹secret› (not an NNTP command)'],
  ])('%s', (line, expected) => {
    expect(command(line)).toBe(expected);
  });

  test('no secret argument is ever shown', () => {
    const form = fc.constantFrom(
      (s: string) => `AUTHINFO PASS ${s}`,
      (s: string) => `authinfo  pass  ${s} `,
      (s: string) => `AUTHINFO ${s}`,
      (s: string) => `AUTHINFO SASL PLAIN ${s}`,
      (s: string) => `AUTHINFO SASL ${s}`,
      (s: string) => `GROUP ${s}`,
      (s: string) => `LIST ${s}`,
      (s: string) => s,
    );
    fc.assert(
      fc.property(form, (make) => {
        for (const secret of ['hUnTeR2-9$', 'Gx7 two words', 'QUJDREVGRw==']) {
          expect(command(make(secret))).not.toContain(secret.split(' ')[0]);
        }
      }),
    );
  });

  test('what may be repeated by the server', () => {
    for (const line of ['AUTHINFO USER x', 'authinfo', 'hunter2']) {
      expect(isSecretNntpCommand(Buffer.from(line))).toBe(true);
    }
    for (const line of ['CAPABILITIES', 'GROUP misc.test']) expect(isSecretNntpCommand(Buffer.from(line))).toBe(false);
  });
});

test.each([
  ['200 news.example.org ready', false, '200 news.example.org ready'],
  ['481 anna hunter2', true, '481 ‹secret›'],
  ['281', true, '281'],
  ['211 1 2 3 alt.private', false, '211 ‹secret›'],
  ['383 VXNlcm5hbWU6', false, '383 ‹secret›'],
  ['283 cnNwYXV0aD0=', false, '283 ‹secret›'],
  ['junk', false, '‹secret›'],
])('the reply %j', (line, secret, expected) => {
  expect(reply(line, secret)).toBe(expected);
});
