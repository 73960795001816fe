import { describe, expect, test } from 'vitest';
import { imap } from '../../proxy/dialects/imap.ts';
import { refusal, type Stage, stage } from '../support/dialect-stage.ts';

const begin = (times = {}) => stage(imap, { capabilities: null }, times);

/** Begins behind a greeting that states the capabilities. */
async function greeted(capabilities = 'IMAP4rev1 AUTH=PLAIN', times = {}): Promise<Stage> {
  const on = await begin(times);
  on.server.say(`* OK [CAPABILITY ${capabilities}] ready\r\n`);
  await on.greet(true);
  return on;
}

/** Shows that the session is alive: a command goes up and its answer comes down. */
async function stillWorks(on: Stage): Promise<void> {
  on.program.say('zz NOOP\r\n');
  expect(await on.server.line()).toBe('zz NOOP');
  on.server.say('zz OK done\r\n');
  await on.program.until(/^zz OK done$/);
}

/** Signs in, which shows that the session is alive and ends it well. */
async function signsIn(on: Stage, outcome: Promise<string>): Promise<void> {
  on.program.say('zz LOGIN anna right\r\n');
  expect(await on.server.line()).toBe('zz LOGIN anna right');
  on.server.say('zz OK in\r\n');
  await on.program.until(/^zz OK in$/);
  expect(await outcome).toBe('splice');
}

describe('LOGIN', () => {
  test('with quoted strings: what was said crosses unchanged, and raw bytes follow', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGIN "anna" "pass \\"word"\r\na2 SELECT INBOX\r\n');
    expect(await on.server.line()).toBe('a1 LOGIN "anna" "pass \\"word"');
    on.server.say('a1 OK [CAPABILITY IMAP4rev1 IDLE] welcome\r\n* 1 EXISTS\r\n');
    expect(await on.program.line()).toBe('a1 OK [CAPABILITY IMAP4rev1 IDLE] welcome');
    expect(await outcome).toBe('splice');
    expect(on.client.detach().toString()).toBe('a2 SELECT INBOX\r\n');
    expect(on.server.heard).not.toContain('a2');
  });

  test('with synchronising literals', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGIN {4}\r\n');
    expect(await on.program.line()).toMatch(/^\+ /);
    on.program.say('anna {6}\r\n');
    expect(await on.program.line()).toMatch(/^\+ /);
    on.program.say('secret\r\n');
    expect(await on.server.line()).toBe('a1 LOGIN {4}');
    on.server.say('* OK wait a little\r\n+ go\r\n');
    expect(await on.server.line()).toBe('anna {6}');
    on.server.say('+ go\r\n');
    expect(await on.server.line()).toBe('secret');
    on.server.say('a1 OK in\r\n');
    expect(await on.program.until(/^a1/)).toEqual(['* OK wait a little', 'a1 OK in']);
    expect(await outcome).toBe('splice');
  });

  test('with non-synchronising literals, and in many packets', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    for (const byte of 'a1 LOGIN {4+}\r\nanna {6-}\r\nsecret\r\n') {
      on.program.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await on.server.until(/secret/)).toEqual(['a1 LOGIN {4+}', 'anna {6-}', 'secret']);
    on.server.say('a1 OK in\r\n');
    expect(await outcome).toBe('splice');
  });

  test('a literal that the server turns down', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGIN {4}\r\n');
    await on.program.line();
    on.program.say('anna secret\r\n');
    expect(await on.server.line()).toBe('a1 LOGIN {4}');
    on.server.say('a1 NO not so\r\n');
    expect(await on.program.line()).toBe('a1 NO not so');
    await signsIn(on, outcome);
    expect(on.server.heard).not.toContain('secret');
  });

  test('a failure can be tried again', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGIN anna wrong\r\n');
    await on.server.line();
    on.server.say('a1 NO [AUTHENTICATIONFAILED] no\r\n');
    expect(await on.program.line()).toBe('a1 NO [AUTHENTICATIONFAILED] no');
    await signsIn(on, outcome);
  });

  test('behind LOGINDISABLED is not sent (13)', async () => {
    const on = await greeted('IMAP4rev1 LoginDisabled AUTH=PLAIN');
    const outcome = on.signIn();
    on.program.say('a1 LOGIN anna secret\r\na2 LOGIN {4+}\r\nanna {6+}\r\nsecret\r\na3 LOGIN {4}\r\na4 LOGOUT\r\n');
    expect(await on.server.line()).toBe('a4 LOGOUT');
    on.server.say('* BYE\r\na4 OK\r\n');
    expect(await outcome).toBe('closed');
    const told = await on.program.until(/^a4 OK/);
    expect(told.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'a1 NO [UNAVAILABLE]',
      'a2 NO [UNAVAILABLE]',
      'a3 NO [UNAVAILABLE]',
      '* BYE',
      'a4 OK',
    ]);
    expect(on.server.heard).toBe('a4 LOGOUT\r\n');
  });

  test('where the capabilities are unknown they are asked first, unseen', async () => {
    for (const disabled of [true, false]) {
      const on = await begin();
      const outcome = on.signIn();
      on.program.say('a1 LOGIN anna secret\r\n');
      const [tag, name] = (await on.server.line()).split(' ');
      expect(name).toBe('CAPABILITY');
      on.server.say(`* CAPABILITY IMAP4rev1${disabled ? ' LOGINDISABLED' : ''}\r\n${tag} OK\r\n`);
      if (disabled) {
        expect(await on.program.line()).toMatch(/^a1 NO \[UNAVAILABLE\]/);
        on.stop.abort(new Error('enough'));
        await expect(outcome).rejects.toThrow('enough');
        expect(on.server.heard).not.toContain('secret');
      } else {
        expect(await on.server.line()).toBe('a1 LOGIN anna secret');
        on.server.say('a1 OK in\r\n');
        expect(await on.program.line()).toBe('a1 OK in');
        expect(await outcome).toBe('splice');
      }
    }
  });
});

describe('AUTHENTICATE', () => {
  test('with an initial response', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 AUTHENTICATE PLAIN AGFubmEAc2VjcmV0\r\n');
    expect(await on.server.line()).toBe('a1 AUTHENTICATE PLAIN AGFubmEAc2VjcmV0');
    on.server.say('a1 OK [CAPABILITY IMAP4rev1 STARTTLS] in\r\n');
    expect(await on.program.line()).toBe('a1 OK [CAPABILITY IMAP4rev1] in');
    expect(await outcome).toBe('splice');
  });

  test('in several steps, a failure among them, and data as long as is allowed', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 AUTHENTICATE LOGIN\r\n');
    await on.server.line();
    on.server.say('+ VXNlcm5hbWU6\r\n');
    expect(await on.program.line()).toBe('+ VXNlcm5hbWU6');
    on.program.say('YW5uYQ==\r\n');
    expect(await on.server.line()).toBe('YW5uYQ==');
    on.server.say('* OK patience\r\n+ UGFzc3dvcmQ6\r\n');
    expect(await on.program.until(/^\+/)).toEqual(['* OK patience', '+ UGFzc3dvcmQ6']);
    on.program.say(`${'A'.repeat(12_286)}\r\n`);
    expect(await on.server.line()).toBe('A'.repeat(12_286));
    on.server.say('a1 NO [AUTHENTICATIONFAILED] no\r\n');
    expect(await on.program.line()).toBe('a1 NO [AUTHENTICATIONFAILED] no');
    await signsIn(on, outcome);
  });

  test('the mail program takes it back', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 AUTHENTICATE PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    expect(await on.program.line()).toBe('+ ');
    on.program.say('*\r\n');
    expect(await on.server.line()).toBe('*');
    on.server.say('a1 BAD cancelled\r\n');
    expect(await on.program.line()).toBe('a1 BAD cancelled');
    await signsIn(on, outcome);
  });

  test.each([
    ['a bare line feed (28)', 'c2Vj\n'],
    ['a carriage return (28)', 'c2\rVj\r\n'],
    ['NUL (28)', 'c2\0Vj\r\n'],
    ['12,289 bytes (61)', `${'A'.repeat(12_287)}\r\n`],
    ['a megabyte (61)', `${'A'.repeat(1_000_000)}\r\n`],
  ])('data with %s is taken back', async (_name, data) => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 AUTHENTICATE PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    await on.program.line();
    on.program.say(data);
    expect(await on.server.line()).toBe('*');
    on.server.say('a1 BAD cancelled\r\n');
    expect(await on.program.line()).toMatch(/^a1 BAD Postern/);
    await signsIn(on, outcome);
    expect(on.notes).toHaveLength(data.length > 12_288 ? 1 : 0);
  });

  test('the server loses patience', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 AUTHENTICATE PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    await on.program.line();
    on.server.say('* OK hurry\r\na1 NO too late\r\n');
    expect(await on.program.until(/^a1/)).toEqual(['* OK hurry', 'a1 NO too late']);
    await signsIn(on, outcome);
  });

  test.each(['a1 OK in\r\n', '+ more\r\n'])('the server goes on before it has the answer: %j (32)', async (said) => {
    const on = await greeted();
    const outcome = refusal(on.signIn());
    on.program.say('a1 AUTHENTICATE PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    await on.program.line();
    on.server.say(said);
    expect(await outcome).toBe('upstream-protocol');
    expect(await on.program.line()).toMatch(/^a1 NO \[UNAVAILABLE\] Postern/);
    expect(await on.program.line()).toMatch(/^\* BYE Postern/);
  });
});

describe('what ends the sign-in', () => {
  test('COMPRESS begins raw bytes', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 COMPRESS DEFLATE\r\n');
    await on.server.line();
    on.server.say('a1 OK active\r\n');
    expect(await outcome).toBe('splice');
  });

  test('LOGOUT, and good-bye out of the blue', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGOUT\r\n');
    await on.server.line();
    on.server.say('* BYE see you\r\na1 OK done\r\n');
    expect(await outcome).toBe('closed');
    expect(await on.program.until(/^a1/)).toEqual(['* BYE see you', 'a1 OK done']);

    const other = await greeted();
    const end = other.signIn();
    other.server.say('* BYE too many of you\r\n');
    expect(await end).toBe('closed');
    expect(await other.program.line()).toBe('* BYE too many of you');
  });

  test('good-bye instead of an answer', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 LOGIN anna secret\r\n');
    await on.server.line();
    on.server.say('* BYE [REFERRAL imap://evil/] busy\r\n');
    on.server.end();
    expect(await outcome).toBe('closed');
    expect(await on.program.line()).toBe('* BYE busy');
  });

  test('the mail program says nothing for too long', async () => {
    const on = await greeted('IMAP4rev1', { clientIdleMilliseconds: 20 });
    expect(await on.signIn()).toBe('closed');
    expect(await on.program.line()).toMatch(/^\* BYE Postern/);
  });

  test('the mail program sends half a literal and no more', async () => {
    const on = await greeted('IMAP4rev1', { clientIdleMilliseconds: 200 });
    const outcome = on.signIn();
    on.program.say('a1 LOGIN {10+}\r\nann');
    expect(await outcome).toBe('closed');
    expect(on.server.heard).toBe('');
  });

  test('the mail program hangs up', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.end();
    await expect(outcome).rejects.toMatchObject({ name: 'ChannelClosed' });
  });

  test.each([
    ['between commands', '', '* BYE'],
    ['in the middle of LOGIN', 'a1 LOGIN anna secret\r\n', 'a1 NO [UNAVAILABLE]'],
  ])('the server leaves %s', async (_name, said, told) => {
    const on = await greeted();
    const outcome = refusal(on.signIn());
    on.program.say(said);
    if (said !== '') await on.server.line();
    on.server.end();
    expect(await outcome).toBe('upstream-closed');
    expect(await on.program.line()).toContain(told);
  });

  test('the server is silent', async () => {
    const on = await greeted('IMAP4rev1', { replyMilliseconds: 50 });
    const outcome = refusal(on.signIn());
    on.program.say('a1 LOGIN anna secret\r\n');
    expect(await outcome).toBe('upstream-timeout');
    expect(await on.program.line()).toMatch(
      /^a1 NO \[UNAVAILABLE\] Postern: mail\.example\.org did not answer in time/,
    );
    expect(await on.program.line()).toMatch(/^\* BYE Postern/);
  });

  test('the session is ended from outside', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.stop.abort(new Error('stopping'));
    await expect(outcome).rejects.toThrow('stopping');
  });
});

describe('what the server may not say', () => {
  test.each([
    ['a tagged reply before it was asked for (23, 32)', 'a1 OK you are in\r\n'],
    ['half of one', 'a1 OK y'],
    ['a continuation', '+ go\r\n'],
    ['PREAUTH', '* PREAUTH anna\r\n'],
    ['HTTP (31)', 'HTTP/1.1 400 Bad Request\r\n'],
    ['10 MB without an end (57)', 'x'.repeat(10_000_000)],
  ])('%s', async (_name, said) => {
    const on = await greeted();
    on.server.say(said);
    await on.upstream.arrival(on.stop.signal);
    const outcome = refusal(on.signIn());
    on.program.say('a1 LOGIN anna secret\r\n');
    if (said.endsWith('y')) on.server.say('es\r\n');
    expect(await outcome).toBe('upstream-protocol');
    await on.program.until(/^\* BYE Postern/);
    expect(on.server.heard).toBe('');
  });

  test.each([
    ['another tag (32)', 'a2 OK you are in\r\n'],
    ['a continuation', '+ go\r\n'],
    ['PREAUTH', '* PREAUTH anna\r\n'],
    ['junk', 'welcome\r\n'],
    ['a bare line feed', 'a1 OK in\n'],
    ['OK without end (57)', '* OK still here\r\n'.repeat(2000)],
    ['a literal without end (57)', '* ID ({4294967295}\r\n'],
  ])('%s', async (_name, said) => {
    const on = await greeted();
    const outcome = refusal(on.signIn());
    on.program.say('a1 LOGIN anna secret\r\n');
    await on.server.line();
    on.server.say(said);
    expect(await outcome).toBe('upstream-protocol');
    const told = await on.program.until(/^\* BYE Postern/);
    expect(told.at(-2)).toMatch(/^a1 NO \[UNAVAILABLE\] Postern/);
    expect(on.program.heard).not.toMatch(/AUTHENTICATIONFAILED|you are in/);
  });

  test('and what it may: untagged lines and literals at any time, filtered', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.server.say('* OK still here\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\n');
    expect(await on.program.until(/CAPABILITY/)).toEqual(['* OK still here', '* CAPABILITY IMAP4rev1']);
    on.program.say('a1 ID NIL\r\n');
    await on.server.line();
    on.server.say('* ID ("name" {9}\r\na1 OK\r\nx\n "b" {1}\r\nc)\r\na1 OK [REFERRAL imap://evil/] done\r\n');
    await on.program.until(/^a1 OK done$/);
    expect(on.program.heard).toContain('* ID ("name" {9}\r\na1 OK\r\nx\n "b" {1}\r\nc)\r\na1 OK done\r\n');
    await signsIn(on, outcome);
  });

  test('commands that need a sign-in get its answer (68)', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 SELECT INBOX\r\n');
    expect(await on.server.line()).toBe('a1 SELECT INBOX');
    on.server.say('a1 BAD not now\r\n');
    expect(await on.program.line()).toBe('a1 BAD not now');
    on.program.say('a2 XWHATEVER 1\r\n');
    expect(await on.server.line()).toBe('a2 XWHATEVER 1');
    on.server.say('a2 BAD unknown\r\n');
    await signsIn(on, outcome);
  });
});

describe('what the mail program may not say', () => {
  test('its own STARTTLS is declined, and what follows is handled (27)', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('a1 STARTTLS\r\na2 NOOP\r\n');
    expect(await on.program.line()).toMatch(/^a1 BAD Postern/);
    expect(await on.server.line()).toBe('a2 NOOP');
    on.server.say('a2 OK\r\n');
    await signsIn(on, outcome);
    expect(on.server.heard).not.toMatch(/STARTTLS/i);
  });

  test.each([
    ['a bare line feed (28)', 'a1 LOGIN anna secret\n', /^a1 BAD Postern/],
    ['a carriage return (28)', 'a1 LOGIN anna se\rcret\r\n', /^a1 BAD Postern/],
    ['NUL (28)', 'a1 LOGIN anna se\0cret\r\n', /^a1 BAD Postern/],
    ['NUL in a literal (28)', 'a1 LOGIN anna {6+}\r\nse\0ret\r\n', /^a1 BAD Postern/],
    ['a line end in a literal of LOGIN (28)', 'a1 LOGIN anna {8+}\r\nsec\r\nret\r\n', /^a1 BAD Postern/],
    ['a bare line feed behind a literal', 'a1 LOGIN anna {6+}\r\nsecret\n', /^a1 BAD Postern/],
    ['a bare line feed before a literal', 'a1 LOGIN anna {6+}\nsecret\r\n', /^a1 BAD Postern/],
    ['no tag', 'LOGIN\r\n', /^\* BAD Postern/],
    ['nothing', '\r\n', /^\* BAD Postern/],
    ['a literal in AUTHENTICATE', 'a1 AUTHENTICATE PLAIN {6+}\r\nsecret\r\n', /^a1 BAD Postern/],
    ['8193 bytes (61)', `a1 LOGIN ${'x'.repeat(8182)}\r\n`, /^a1 BAD Postern/],
    ['a megabyte (61)', `a1 LOGIN ${'x'.repeat(1_000_000)}\r\n`, /^\* BAD Postern/],
    ['a megabyte behind a literal (61)', `a1 LOGIN {1+}\r\na ${'x'.repeat(1_000_000)}\r\n`, /^a1 BAD Postern/],
    ['a literal that is too large (61)', 'a1 LOGIN anna {16385}\r\n', /^a1 BAD Postern/],
    ['a literal beyond counting (61)', `a1 LOGIN anna {${'9'.repeat(500)}}\r\n`, /^a1 BAD Postern/],
  ])('%s is answered, not sent', async (_name, said, told) => {
    const on = await greeted();
    const outcome = on.signIn();
    await stillWorks(on);
    on.program.say(said);
    expect(await on.program.line()).toMatch(told);
    await signsIn(on, outcome);
    expect(on.server.heard).toBe('zz NOOP\r\nzz LOGIN anna right\r\n');
    expect(on.notes).toHaveLength(said.length > 8000 ? 1 : 0);
  });

  test('lines and literals as large as are allowed pass', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    const line = `a1 LOGIN ${'x'.repeat(8181)}`;
    on.program.say(`${line}\r\n`);
    expect(await on.server.line()).toBe(line);
    on.server.say('a1 NO\r\n');
    on.program.say(`a2 LOGIN anna {16384+}\r\n${'x'.repeat(16_384)}\r\n`);
    expect(await on.server.until(/^x+$/)).toEqual(['a2 LOGIN anna {16384+}', 'x'.repeat(16_384)]);
    on.server.say('a2 NO\r\n');
    await signsIn(on, outcome);
    expect(on.notes).toEqual([]);
  });

  test.each(['{16385+}', '{4294967295+}', '{4294967295-}', `{${'9'.repeat(500)}+}`])(
    'a literal that comes unasked and is too large ends the session, unread: %.20s (61)',
    async (mark) => {
      const on = await greeted();
      const outcome = on.signIn();
      on.program.say(`a1 LOGIN anna ${mark}\r\nsecret`);
      expect(await outcome).toBe('closed');
      expect(await on.program.line()).toMatch(/^\* BYE Postern/);
      expect(on.server.heard).toBe('');
    },
  );

  test('many literals that are allowed one by one end the session too (61)', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say(`a1 ID (${`{8000+}\r\n${'x'.repeat(8000)}`.repeat(9)}\r\n`);
    expect(await outcome).toBe('closed');
    expect(on.server.heard).toBe('');
  });

  test('twenty failures in a row end the session, nineteen and a success do not (63)', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('x\r\n'.repeat(19));
    await stillWorks(on);
    on.program.say('x\r\n'.repeat(20));
    await on.program.until(/^\* BYE Postern/);
    expect(await outcome).toBe('closed');
  });

  test.each([
    ['a web page (66)', 'POST / HTTP/1.1\r\nHost: 127.0.0.1:1143\r\n\r\na1 LOGIN anna secret\r\n', /web/],
    ['a header line', 'Host: localhost\r\n', /does not speak a mail protocol/],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), /security to "None"/],
    ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n', /does not speak a mail protocol/],
  ])('%s is turned away, and nothing of it is sent', async (_name, said, told) => {
    const on = await greeted();
    const outcome = refusal(on.signIn());
    on.program.say(said);
    expect(await outcome).toBe('client-not-mail');
    expect((await on.program.until(/^\* BYE Postern/)).join()).toMatch(told);
    expect(on.server.heard).toBe('');
  });

  test('words that look like HTTP pass once the program is known', async () => {
    const on = await greeted();
    const outcome = on.signIn();
    on.program.say('POST LOGIN anna HTTP/1.1\r\n');
    expect(await on.server.line()).toBe('POST LOGIN anna HTTP/1.1');
    on.server.say('POST OK in\r\n');
    expect(await outcome).toBe('splice');
  });
});

test('the trace shows the story and no secret (71)', async () => {
  const on = await greeted();
  const outcome = on.signIn();
  const secret = 'hUnTeR2';
  const encoded = Buffer.from(`\0anna\0${secret}`).toString('base64');
  on.program.say(`a1 LOGIN anna ${secret}\r\n`);
  await on.server.line();
  on.server.say(`* NO ${secret}\r\na1 NO [AUTHENTICATIONFAILED] not ${secret}\r\n`);
  await on.program.until(/^a1/);
  on.program.say(`a2 LOGIN {4+}\r\nanna {7+}\r\n${secret}\r\n`);
  await on.server.until(new RegExp(secret));
  on.server.say('a2 NO no\r\n');
  await on.program.until(/^a2/);
  on.program.say('a3 AUTHENTICATE PLAIN\r\n');
  await on.server.line();
  on.server.say(`+ ${encoded}\r\n`);
  await on.program.line();
  on.program.say(`${encoded}\r\n`);
  await on.server.line();
  on.server.say(`a3 NO ${encoded}\r\n`);
  await on.program.until(/^a3/);
  for (const line of [
    `a4 AUTHENTICATE PLAIN ${encoded}`,
    `${secret}`,
    `a4 ${secret}`,
    `a4 LOGIN anna ${secret}${'x'.repeat(9000)}`,
    `a4 LOGIN anna ${secret}${'x'.repeat(90_000)}`,
    `a4 LOGIN anna ${secret}\0`,
  ]) {
    on.program.say(`${line}\r\n`);
    if (line.includes('PLAIN') || line === `a4 ${secret}`) {
      await on.server.line();
      on.server.say(`a4 BAD ${line}\r\n`);
    }
    await on.program.until(/^(?:a4|\*) BAD/);
  }
  // A tag in the wrong place, and a server that says a secret long after it was told.
  on.program.say(`${encoded} STARTTLS\r\na8 NOOP\r\n`);
  await on.server.line();
  on.server.say(`* OK ${secret}\r\na8 OK ${secret}\r\n`);
  await on.program.until(/^a8/);
  on.server.say(`* OK ${secret}\r\na9 OK\r\n`);
  expect(await refusal(outcome)).toBe('upstream-protocol');
  const trace = on.traced.join('\n');
  expect(trace).not.toContain(secret);
  expect(trace).not.toContain(encoded);
  expect(on.notes.join()).not.toContain(secret);
  expect(on.traced).toEqual(
    expect.arrayContaining([
      'client: a1 LOGIN ‹secret›',
      'server: tagged NO [AUTHENTICATIONFAILED] ‹secret›',
      'client: a3 AUTHENTICATE PLAIN',
      'server: + ‹secret›',
      'client: ‹secret›',
    ]),
  );
});
