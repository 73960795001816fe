import { describe, expect, test } from 'vitest';
import { pop3 } from '../../proxy/dialects/pop3.ts';
import { refusal, type Stage, stage } from '../support/dialect-stage.ts';

const begin = (times = {}) => stage(pop3, null, times);

/** Shows that the session is alive: a command goes up and its answer comes down. */
async function stillWorks(on: Stage): Promise<void> {
  on.program.say('USER still-here\r\n');
  await on.server.until(/^USER still-here$/);
  on.server.say('+OK alive\r\n');
  await on.program.until(/^\+OK alive$/);
}

/** Signs in, which shows that the session is alive and ends it well. */
async function signsIn(on: Stage, outcome: Promise<string>): Promise<void> {
  on.program.say('PASS right\r\n');
  expect(await on.server.line()).toBe('PASS right');
  on.server.say('+OK in\r\n');
  await on.program.until(/^\+OK in$/);
  expect(await outcome).toBe('splice');
}

describe('sign-in', () => {
  test('USER and PASS, a failure first; raw bytes follow', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('USER anna\r\n');
    expect(await on.server.line()).toBe('USER anna');
    on.server.say('+OK who\r\n');
    expect(await on.program.line()).toBe('+OK who');
    on.program.say('PASS two words \r\n');
    expect(await on.server.line()).toBe('PASS two words ');
    on.server.say('-ERR [AUTH] no\r\n');
    expect(await on.program.line()).toBe('-ERR [AUTH] no');
    await stillWorks(on);
    on.program.say('PASS right\r\nSTAT\r\n');
    expect(await on.server.line()).toBe('PASS right');
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('splice');
    expect(on.client.detach().toString()).toBe('STAT\r\n');
    expect(on.server.heard).not.toContain('STAT');
  });

  test('pipelined: the server gets one command at a time, the answers come in order', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('CAPA\r\nUSER anna\r\nPASS right\r\nSTAT\r\n');
    expect(await on.server.line()).toBe('CAPA');
    expect(on.server.heard).toBe('CAPA\r\n');
    on.server.say('+OK\r\nPIPELINING\r\n.\r\n');
    expect(await on.server.line()).toBe('USER anna');
    on.server.say('+OK who\r\n');
    expect(await on.server.line()).toBe('PASS right');
    on.server.say('+OK in\r\n');
    expect(await on.program.until(/in$/)).toEqual(['+OK', 'PIPELINING', '.', '+OK who', '+OK in']);
    expect(await outcome).toBe('splice');
  });

  test('APOP', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('APOP anna c4c9334bac560ecc979e58001b3e22fb\r\n');
    expect(await on.server.line()).toBe('APOP anna c4c9334bac560ecc979e58001b3e22fb');
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('splice');
  });

  test('AUTH with an initial response', async () => {
    const on = await begin();
    const outcome = on.signIn();
    const line = `AUTH PLAIN ${'A'.repeat(12_275)}`;
    on.program.say(`${line}\r\n`);
    expect(await on.server.line()).toBe(line);
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('splice');
  });

  test('AUTH in several steps, taken back, failed, and done', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('auth login\r\n');
    expect(await on.server.line()).toBe('auth login');
    on.server.say('+ VXNlcm5hbWU6\r\n');
    expect(await on.program.line()).toBe('+ VXNlcm5hbWU6');
    on.program.say('*\r\n');
    expect(await on.server.line()).toBe('*');
    on.server.say('-ERR cancelled\r\n');
    expect(await on.program.line()).toBe('-ERR cancelled');
    on.program.say('AUTH LOGIN\r\n');
    await on.server.line();
    on.server.say('+\r\n');
    expect(await on.program.line()).toBe('+');
    on.program.say(`${'A'.repeat(12_286)}\r\n`);
    expect(await on.server.line()).toBe('A'.repeat(12_286));
    on.server.say('+ UGFzc3dvcmQ6\r\n');
    expect(await on.program.line()).toBe('+ UGFzc3dvcmQ6');
    on.program.say('\r\n');
    expect(await on.server.line()).toBe('');
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('splice');
  });

  test.each([
    ['a bare line feed (28)', 'c2Vj\n'],
    ['a carriage return (28)', 'c2\rVj\r\n'],
    ['NUL (28)', 'c2\0Vj\r\n'],
    ['12,289 bytes (61)', `${'A'.repeat(12_287)}\r\n`],
    ['a megabyte (61)', `${'A'.repeat(1_000_000)}\r\n`],
  ])('data with %s is taken back', async (_name, data) => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('AUTH PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    await on.program.line();
    on.program.say(data);
    expect(await on.server.line()).toBe('*');
    on.server.say('-ERR cancelled\r\n');
    expect(await on.program.line()).toMatch(/^-ERR Postern/);
    await signsIn(on, outcome);
    expect(on.notes).toHaveLength(data.length > 12_288 ? 1 : 0);
  });
});

describe('lists', () => {
  test('of capabilities, filtered, with stuffed dots as they came', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('CAPA\r\n');
    await on.server.line();
    on.server.say('+OK list\r\nUSER\r\nSTLS\r\nSASL PLAIN SCRAM-SHA-1-PLUS\r\n..dot\r\n.\r\n');
    expect(await on.program.until(/^\.$/)).toEqual(['+OK list', 'USER', 'SASL PLAIN', '..dot', '.']);
    await signsIn(on, outcome);
  });

  test('of mechanisms, and of languages', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('AUTH\r\nLANG\r\nLANG de\r\n');
    await on.server.line();
    on.server.say('+OK\r\nPLAIN\r\nSCRAM-SHA-1-PLUS\r\n.\r\n');
    expect(await on.program.until(/^\.$/)).toEqual(['+OK', 'PLAIN', '.']);
    await on.server.line();
    on.server.say('+OK\r\nde Deutsch\r\n.\r\n');
    expect(await on.program.until(/^\.$/)).toEqual(['+OK', 'de Deutsch', '.']);
    await on.server.line();
    on.server.say('+OK de\r\n');
    expect(await on.program.line()).toBe('+OK de');
    await signsIn(on, outcome);
  });

  test('that the server does not have', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('CAPA\r\nAUTH\r\nLIST\r\n');
    for (const command of ['CAPA', 'AUTH', 'LIST']) {
      expect(await on.server.line()).toBe(command);
      on.server.say('-ERR no\r\n');
      expect(await on.program.line()).toBe('-ERR no');
    }
    await signsIn(on, outcome);
  });
});

describe('what ends the sign-in', () => {
  test('QUIT', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('QUIT\r\n');
    await on.server.line();
    on.server.say('+OK bye\r\n');
    expect(await outcome).toBe('closed');
    expect(await on.program.line()).toBe('+OK bye');
  });

  test('the server says good-bye out of the blue, or in the middle of AUTH', async () => {
    for (const inAuth of [false, true]) {
      const on = await begin();
      const outcome = on.signIn();
      if (inAuth) {
        on.program.say('AUTH PLAIN\r\n');
        await on.server.line();
        on.server.say('+ \r\n');
        await on.program.line();
      }
      on.server.say('-ERR [SYS/TEMP] idle for too long\r\n');
      expect(await outcome).toBe('closed');
      expect(await on.program.line()).toBe('-ERR [SYS/TEMP] idle for too long');
    }
  });

  test('the mail program says nothing for too long', async () => {
    const on = await begin({ clientIdleMilliseconds: 20 });
    expect(await on.signIn()).toBe('closed');
    expect(await on.program.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern/);
  });

  test('the mail program hangs up', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.end();
    await expect(outcome).rejects.toMatchObject({ name: 'ChannelClosed' });
  });

  test.each(['', 'PASS secret\r\n'])('the server leaves behind %j', async (said) => {
    const on = await begin();
    const outcome = refusal(on.signIn());
    on.program.say(said);
    if (said !== '') await on.server.line();
    on.server.end();
    expect(await outcome).toBe('upstream-closed');
    expect(await on.program.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern/);
  });

  test('the server is silent', async () => {
    const on = await begin({ replyMilliseconds: 50 });
    const outcome = refusal(on.signIn());
    on.program.say('PASS secret\r\n');
    expect(await outcome).toBe('upstream-timeout');
    expect(await on.program.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern: mail\.example\.org did not answer in time/);
  });

  test('the session is ended from outside', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.stop.abort(new Error('stopping'));
    await expect(outcome).rejects.toThrow('stopping');
  });
});

describe('what the server may not say', () => {
  test.each(['+OK you are in\r\n', '+ go\r\n', 'junk\r\n', 'x'.repeat(10_000_000)])(
    'before it is asked: %.20j (23)',
    async (said) => {
      const on = await begin();
      on.server.say(said);
      await on.upstream.arrival(on.stop.signal);
      const outcome = refusal(on.signIn());
      on.program.say('PASS secret\r\n');
      expect(await outcome).toBe('upstream-protocol');
      expect(await on.program.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern/);
      expect(on.server.heard).toBe('');
    },
  );

  test.each([
    ['IMAP', 'PASS secret\r\n', 'a1 OK in\r\n'],
    ['HTTP (31)', 'PASS secret\r\n', 'HTTP/1.1 200 OK\r\n'],
    ['a challenge to PASS', 'PASS secret\r\n', '+ go\r\n'],
    ['a challenge to AUTH alone', 'AUTH\r\n', '+ go\r\n'],
    ['a bare line feed', 'PASS secret\r\n', '+OK in\n'],
    ['a list without end (57)', 'CAPA\r\n', `+OK\r\n${'USER\r\n'.repeat(50_000)}`],
    ['a line without end (57)', 'CAPA\r\n', `+OK\r\n${'x'.repeat(1_000_000)}`],
  ])('%s', async (_name, command, said) => {
    const on = await begin();
    const outcome = refusal(on.signIn());
    on.program.say(command);
    await on.server.line();
    on.server.say(said);
    expect(await outcome).toBe('upstream-protocol');
    expect(await on.program.line()).toMatch(/^-ERR \[SYS\/TEMP\] Postern/);
    expect(on.program.heard).not.toMatch(/\[AUTH\]|in\b.*HTTP/);
  });

  test('a sign-in that was taken back is not accepted', async () => {
    const on = await begin();
    const outcome = refusal(on.signIn());
    on.program.say('AUTH PLAIN\r\n');
    await on.server.line();
    on.server.say('+ \r\n');
    await on.program.line();
    on.program.say('c2Vj\n');
    await on.server.line();
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('upstream-protocol');
  });

  test('commands that need a sign-in get its answer (68)', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('STAT\r\nXTND XMIT\r\nFROB 1\r\n');
    for (const command of ['STAT', 'XTND XMIT', 'FROB 1']) {
      expect(await on.server.line()).toBe(command);
      on.server.say('-ERR not now\r\n');
      expect(await on.program.line()).toBe('-ERR not now');
    }
    await signsIn(on, outcome);
  });
});

describe('what the mail program may not say', () => {
  test('its own STLS is declined, and what follows is handled (27)', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('STLS\r\nUSER still-here\r\n');
    expect(await on.program.line()).toMatch(/^-ERR Postern/);
    expect(await on.server.line()).toBe('USER still-here');
    on.server.say('+OK\r\n');
    await signsIn(on, outcome);
    expect(on.server.heard).not.toMatch(/STLS/i);
  });

  test.each([
    ['a bare line feed (28)', 'PASS secret\n'],
    ['a carriage return (28)', 'PASS se\rcret\r\n'],
    ['NUL (28)', 'PASS se\0cret\r\n'],
    ['nothing', '\r\n'],
    ['what no command begins with', 'AGFubmEAaHVudGVyMg==\r\n'],
    ['256 bytes (61)', `PASS ${'x'.repeat(249)}\r\n`],
    ['a megabyte (61)', `PASS ${'x'.repeat(1_000_000)}\r\n`],
    ['AUTH with 12,289 bytes (61)', `AUTH PLAIN ${'x'.repeat(12_276)}\r\n`],
  ])('%s is answered, not sent', async (_name, said) => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say(said);
    expect(await on.program.line()).toMatch(/^-ERR Postern/);
    await signsIn(on, outcome);
    expect(on.server.heard).toBe('PASS right\r\n');
    expect(on.notes).toHaveLength(said.length > 255 ? 1 : 0);
  });

  test('255 bytes pass (61)', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say(`PASS ${'x'.repeat(248)}\r\n`);
    expect(await on.server.line()).toBe(`PASS ${'x'.repeat(248)}`);
    on.server.say('+OK in\r\n');
    expect(await outcome).toBe('splice');
    expect(on.notes).toEqual([]);
  });

  test('twenty failures in a row end the session, nineteen and a success do not (63)', async () => {
    const on = await begin();
    const outcome = on.signIn();
    on.program.say('STLS\r\n'.repeat(19));
    await stillWorks(on);
    on.program.say('STLS\r\n'.repeat(20));
    await on.program.until(/too many commands/);
    expect(await outcome).toBe('closed');
  });

  test.each([
    ['a web page (66)', 'POST / HTTP/1.1\r\nHost: 127.0.0.1:1110\r\n\r\nUSER anna\r\n', /web/],
    ['a header line', 'Host: localhost\r\n', /does not speak a mail protocol/],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), /security to "None"/],
    ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n', /does not speak a mail protocol/],
  ])('%s is turned away, and nothing of it is sent', async (_name, said, told) => {
    const on = await begin();
    const outcome = refusal(on.signIn());
    on.program.say(said);
    expect(await outcome).toBe('client-not-mail');
    expect(await on.program.line()).toMatch(told);
    expect(on.server.heard).toBe('');
  });
});

test('the trace shows the story and no secret (71)', async () => {
  const on = await begin();
  const outcome = on.signIn();
  const secret = 'hUnTeR2';
  const encoded = Buffer.from(`\0anna\0${secret}`).toString('base64');
  const answered = async (line: string, answer: string) => {
    on.program.say(`${line}\r\n`);
    expect(await on.server.line()).toBe(line);
    on.server.say(`${answer}\r\n`);
    await on.program.line();
  };
  await answered('USER anna', '+OK');
  await answered(`PASS ${secret}`, `-ERR [AUTH] not ${secret}`);
  await answered(`APOP anna ${secret}`, `-ERR ${secret}`);
  await answered(`AUTH PLAIN ${encoded}`, `-ERR ${encoded}`);
  await answered('AUTH PLAIN', `+ ${encoded}`);
  await answered(encoded, `-ERR ${encoded}`);
  await answered(secret, `-ERR unknown: ${secret}`);
  for (const line of [
    `PASS ${secret}\0`,
    `USER ${secret}${'x'.repeat(300)}`,
    `PASS ${secret}${'x'.repeat(100_000)}`,
    `${secret}==`,
  ]) {
    on.program.say(`${line}\r\n`);
    expect(await on.program.line()).toMatch(/^-ERR Postern/);
  }
  await answered('CAPA', `+OK ${secret}\r\nUSER ${secret}\r\n.`);
  await answered('NOOP', `-ERR ${secret}`);
  on.server.say(`+OK ${secret}\r\n`);
  expect(await refusal(outcome)).toBe('upstream-protocol');
  const trace = on.traced.join('\n');
  expect(trace).not.toContain(secret);
  expect(trace).not.toContain(encoded);
  expect(on.notes.join()).not.toContain(secret);
  expect(on.traced).toEqual(
    expect.arrayContaining([
      'client: USER ‹secret›',
      'client: PASS ‹secret›',
      'server: -ERR [AUTH] ‹secret›',
      'client: AUTH PLAIN ‹secret›',
      'server: + ‹secret›',
    ]),
  );
});
