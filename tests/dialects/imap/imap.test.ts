import { describe, expect, test } from 'vitest';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { refusal, stage } from '../../support/dialect-stage.ts';

const begin = () => stage(imap, { capabilities: null });

describe("the server's own greeting", () => {
  test.each([
    ['* OK ready\r\n', 'sign-in * OK ready\r\n'],
    [
      '* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=X-PLUS ID] ready\r\n',
      'sign-in * OK [CAPABILITY IMAP4rev1 ID] ready\r\n',
    ],
    ['* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] anna\r\n', 'splice * PREAUTH [CAPABILITY IMAP4rev1] anna\r\n'],
    ['* OK [REFERRAL imap://evil/] ready\r\n', 'sign-in * OK ready\r\n'],
  ])('%j', async (said, expected) => {
    const on = await begin();
    on.server.say(said);
    expect(await on.greet(true)).toBe(expected);
  });

  test('in many packets', async () => {
    const on = await begin();
    const greeting = on.greet(true);
    for (const byte of '* OK ready\r\n') {
      on.server.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await greeting).toBe('sign-in * OK ready\r\n');
  });

  test.each([
    '* BYE [REFERRAL imap://evil/] go\r\n',
    '* NO x\r\n',
    '* BAD x\r\n',
    'a1 OK x\r\n',
    '+ x\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    '220 mail ESMTP\r\n',
    '* CAPABILITY IMAP4rev1\r\n',
    '* OK\rx\n',
    '* OK x\0\r\n',
    'x'.repeat(100_000),
  ])('none (31): %.30j', async (said) => {
    const on = await begin();
    on.server.say(said);
    expect(await refusal(on.greet(true))).toBe('upstream-protocol');
  });

  test.each(['* OK hi\n', '* OK hi\r\r\n'])('that ends oddly, inside TLS: %j', async (said) => {
    const on = await begin();
    on.server.say(said);
    expect(await on.greet(true)).toBe('sign-in * OK hi\r\n');
  });

  test('an end instead', async () => {
    const on = await begin();
    on.server.end();
    expect(await refusal(on.greet(true))).toBe('upstream-closed');
  });
});

describe('a greeting of ours, behind STARTTLS', () => {
  test('holds what the server says inside TLS, and nothing else (25, 26)', async () => {
    const on = await begin();
    const greeting = on.greet(false);
    const [tag, name] = (await on.server.line()).split(' ');
    expect(name).toBe('CAPABILITY');
    expect(tag).toMatch(/^P[0-9a-f]{16}$/);
    on.server.say(
      `* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=SCRAM-SHA-1-PLUS\r\n* OK [ALERT] x\r\n${tag} OK done\r\n`,
    );
    expect(await greeting).toBe('sign-in * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Postern ready\r\n');
  });

  test('does without capabilities where the server does not tell them', async () => {
    const on = await begin();
    const greeting = on.greet(false);
    const [tag] = (await on.server.line()).split(' ');
    on.server.say(`${tag} BAD what\r\n`);
    expect(await greeting).toBe('sign-in * OK Postern ready\r\n');
  });

  test.each([
    'a1 OK injected\r\n',
    '+ x\r\n',
    '* BYE x\r\n',
    '* PREAUTH x\r\n',
    'HTTP/1.1 200 OK\r\n',
    '* OK x\r\n'.repeat(2000),
  ])('not from %.20j', async (said) => {
    const on = await begin();
    const greeting = refusal(on.greet(false));
    await on.server.line();
    on.server.say(said);
    expect(await greeting).toBe('upstream-protocol');
  });

  test('an end instead', async () => {
    const on = await begin();
    const greeting = refusal(on.greet(false));
    await on.server.line();
    on.server.end();
    expect(await greeting).toBe('upstream-closed');
  });
});

test('a refusal in place of a greeting is one line of ASCII', () => {
  expect(imap.refuseGreeting('no way\u2192\r\na1 OK in')).toBe('* BYE Postern: no way a1 OK in\r\n');
});
