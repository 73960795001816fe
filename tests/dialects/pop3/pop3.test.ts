import { describe, expect, test } from 'vitest';
import { pop3 } from '../../../proxy/dialects/pop3/pop3.ts';
import { refusal, type Stage, stage } from '../../support/dialect-stage.ts';

const begin = () => stage(pop3, null);
const greeting = '+OK ready <1896.697170952@mail.example.org>\r\n';

/** Plays a server: says the greeting, and the next answer to each command that it hears. */
async function serve(on: Stage, hello: string | Buffer, ...answers: string[]): Promise<void> {
  on.server.say(hello);
  for (const answer of answers) {
    await on.server.line();
    on.server.say(answer);
  }
}

describe('the go-ahead', () => {
  test('is asked for at once, and nothing else crosses', async () => {
    const on = await begin();
    const [outcome] = await Promise.all([on.requestTls(), serve(on, greeting, '+OK begin\r\n')]);
    expect(outcome).toBeUndefined();
    expect(on.server.heard).toBe('STLS\r\n');
    expect(on.awaited).toEqual(['plaintext-greeting', 'rest-of-greeting', 'stls']);
    expect(on.traced).toEqual(['server: +OK ready ‹secret›', 'to-server: STLS', 'server: +OK begin']);
  });

  test('leaves what stands behind it unread, for the caller to judge (21)', async () => {
    for (const injected of ['x', '+OK in\r\n']) {
      const on = await begin();
      await Promise.all([on.requestTls(), serve(on, greeting, `+OK\r\n${injected}`)]);
      expect(on.upstream.peek().toString()).toBe(injected);
    }
  });

  test('a greeting in many packets', async () => {
    const on = await begin();
    const outcome = on.requestTls();
    for (const byte of greeting) {
      on.server.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await serve(on, '', '+OK\r\n');
    expect(await refusal(outcome)).toBe('resolved: undefined');
  });
});

describe('a greeting that is none', () => {
  test.each([
    ['-ERR', '-ERR go away\r\n'],
    ['lower case', '+ok\r\n'],
    ['a challenge', '+ abc\r\n'],
    ['junk and then a greeting', 'junk\r\n+OK\r\n'],
    ['a bare line feed', '+OK\n'],
    ['IMAP', '* OK ready\r\n'],
    ['HTTP (31)', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a TLS record (18)', Buffer.from([0x16, 3, 3, 0, 1])],
    ['a TLS alert (18)', Buffer.from([0x15, 3, 1, 0, 2, 2, 70])],
    ['more before it is asked', `${greeting}+OK go\r\n`],
    ['half a line more before it is asked', `${greeting}x`],
    ['10 MB without an end (57)', 'x'.repeat(10_000_000)],
  ])('%s', async (_name, said) => {
    const on = await begin();
    on.server.say(said);
    expect(await refusal(on.requestTls())).toBe('upstream-protocol');
    expect(on.server.heard).toBe('');
  });

  test('TLS spoken on this port is named (18)', async () => {
    const on = await begin();
    on.server.say(Buffer.from([0x16, 3, 3, 0, 1]));
    await expect(on.requestTls()).rejects.toThrow(/"implicit"/);
  });
});

describe('an answer that is no go-ahead (14)', () => {
  test.each([
    ['-ERR, and it is listed', ['-ERR no\r\n', '+OK\r\nUSER\r\nSTLS\r\n.\r\n'], 'starttls-refused'],
    ['-ERR, and it is not listed', ['-ERR no\r\n', '+OK\r\nUSER\r\n.\r\n'], 'starttls-not-offered'],
    [
      '-ERR, and words like it are listed (7)',
      ['-ERR no\r\n', '+OK\r\nXSTLS\r\nSTLSX\r\n.\r\n'],
      'starttls-not-offered',
    ],
    ['-ERR, and CAPA -ERR', ['-ERR no\r\n', '-ERR what\r\n'], 'starttls-not-offered'],
    ['-ERR, and junk to CAPA', ['-ERR no\r\n', 'junk\r\n'], 'starttls-not-offered'],
    ['-ERR, and CAPA without end (57)', ['-ERR no\r\n', `+OK\r\n${'USER\r\n'.repeat(5000)}`], 'starttls-not-offered'],
    ['a challenge', ['+ go\r\n'], 'upstream-protocol'],
    ['lower case', ['+ok go\r\n'], 'upstream-protocol'],
    ['a word like it', ['+OKAY\r\n'], 'upstream-protocol'],
    ['junk', ['go\r\n+OK\r\n'], 'upstream-protocol'],
    ['a bare line feed', ['+OK\n'], 'upstream-protocol'],
    ['a line without end (57)', [`+OK ${'x'.repeat(9000)}\r\n`], 'upstream-protocol'],
  ])('%s', async (_name, answers, reason) => {
    const on = await begin();
    const [word] = await Promise.all([refusal(on.requestTls()), serve(on, greeting, ...answers)]);
    expect(word).toBe(reason);
    expect(on.server.heard).toBe(answers.length === 1 ? 'STLS\r\n' : 'STLS\r\nCAPA\r\n');
  });
});

describe('an end', () => {
  test.each(['', '+OK rea', greeting])('behind %j', async (hello) => {
    const on = await begin();
    const outcome = refusal(on.requestTls());
    on.server.say(hello);
    if (hello === greeting) await on.server.line();
    on.server.end();
    expect(await outcome).toBe('upstream-closed');
  });

  test('from outside keeps its own reason (16)', async () => {
    for (const hello of ['', '+OK', greeting]) {
      const on = await begin();
      const outcome = refusal(on.requestTls());
      on.server.say(hello);
      if (hello === greeting) await on.server.line();
      on.stop.abort(new Error('the time is up'));
      expect(await outcome).toBe('threw: the time is up');
    }
  });
});

describe('the greeting inside TLS', () => {
  test("is the server's own, stamp and all, where it comes now", async () => {
    const on = await begin();
    on.server.say(greeting);
    expect(await on.greet(true)).toBe(`sign-in ${greeting}`);
  });

  test('is ours, without a stamp and without asking, where it came in plaintext (15)', async () => {
    const on = await begin();
    expect(await on.greet(false)).toBe('sign-in +OK Postern ready\r\n');
    expect(on.server.heard).toBe('');
  });

  test.each(['-ERR busy\r\n', '+ x\r\n', 'HTTP/1.1 200 OK\r\n', '* OK\r\n', '+O\rK\n', 'x'.repeat(100_000)])(
    'none (31): %.20j',
    async (said) => {
      const on = await begin();
      on.server.say(said);
      expect(await refusal(on.greet(true))).toBe('upstream-protocol');
    },
  );

  test.each(['+OK hi\n', '+OK hi\r\r\n'])('that ends oddly, inside TLS: %j', async (said) => {
    const on = await begin();
    on.server.say(said);
    expect(await on.greet(true)).toBe('sign-in +OK hi\r\n');
  });

  test('an end instead', async () => {
    const on = await begin();
    on.server.end();
    expect(await refusal(on.greet(true))).toBe('upstream-closed');
  });
});

test('a refusal in place of a greeting is one line of ASCII', () => {
  expect(pop3.refuseGreeting('no way\u2192\r\n+OK')).toBe('-ERR [SYS/TEMP] Postern: no way +OK\r\n');
});
