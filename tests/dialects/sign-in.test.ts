import { describe, expect, test } from 'vitest';
import { farewells } from '../../proxy/contract/index.ts';
import { type Entry, play } from '../support/script.ts';
import { vocabularies } from './vocabulary.ts';

// The contract of the sign-in: the rules of every dialect, told as conversations. A dialect's own rules are in the test
// of its grammar.

const secret = 'hUnTeR2hUnTeR2';

describe.each(Object.entries(vocabularies))('%s', (_name, words) => {
  const conversation = (script: readonly Entry[], times = {}) =>
    play(words.dialect, { knowledge: words.knowledge, ...times }, script);
  const { farewell, notNow, signIn, begin, challenge, fatal } = words;
  /** Shows that the session is alive and in which state: a sign-in succeeds. */
  const goesOn: Entry[] = [
    ['relayed', words.signIn('right')],
    ['answered', words.signedIn],
    ['ends', 'splice'],
  ];
  const turnedDown: Entry[] = [['relayed', words.signIn('wrong')], ['server', words.wrong], ...words.behindWrong];

  test('a sign-in crosses unchanged, and raw bytes follow: what came too early is given back', async () => {
    await conversation([
      ['program', words.signIn(secret), 'next', 'and next'],
      ['server hears', words.signIn(secret)],
      ['answered', words.signedIn],
      ['ends', 'splice'],
      ['kept', 'next\r\nand next\r\n'],
    ]);
  });

  test('in several steps, turned down, and once more', async () => {
    const on = await conversation([
      ['relayed', words.begin],
      ['answered', words.challenge],
      ['relayed', secret],
      ['answered', words.challenge],
      ['relayed', secret],
      ['server', words.wrong],
      ...words.behindWrong,
      ['program hears', words.wrong],
      ['relayed', words.begin],
      ['answered', words.challenge],
      ['relayed', 'A'.repeat(12_286)],
      ['answered', words.signedIn],
      ['ends', 'splice'],
      ['noted'],
    ]);
    expect(on.traced.join()).not.toContain(secret);
  });

  test('taken back by the program', async () => {
    await conversation([
      ['relayed', words.begin],
      ['answered', words.challenge],
      ['relayed', '*'],
      ['server', words.takenBack],
      ...words.behindWrong,
      ['program hears', words.takenBack],
      ...goesOn,
    ]);
  });

  test('commands that come at once go up one by one, and are answered in order', async () => {
    const on = await conversation([
      ['program', words.ask, words.ask, words.signIn('right')],
      ['server hears', words.ask],
    ]);
    expect(on.server.heard).toBe(`${words.ask}\r\n`);
    on.server.say(`${words.no}\r\n`);
    expect(await on.program.line()).toBe(words.no);
    expect(await on.server.line()).toBe(words.ask);
    on.server.say(`${words.yes}\r\n`);
    expect(await on.server.line()).toBe(words.signIn('right'));
  });

  describe('what ends it', () => {
    test('the program takes its leave', async () => {
      await conversation([
        ['relayed', words.quit],
        ['answered', ...words.goodBye],
        ['ends', 'closed'],
      ]);
    });

    test("the server's farewell, between commands and in the middle of a sign-in", async () => {
      await conversation([
        ['answered', words.outOfTheBlue],
        ['ends', 'closed'],
      ]);
      await conversation([
        ['relayed', words.begin],
        ['answered', words.challenge],
        ['answered', words.outOfTheBlue],
        // After it, IMAP may still send the tagged response.
        ['server leaves'],
        ['ends', 'closed'],
      ]);
    });

    test('the program says nothing for too long', async () => {
      const short = { clientIdleMilliseconds: 30 };
      await conversation(
        [
          ['program hears', words.farewell],
          ['ends', 'closed'],
        ],
        short,
      );
    });

    test('the program leaves, without a word', async () => {
      const on = await conversation([['program leaves'], ['ends', 'ChannelClosed']]);
      expect(on.program.heard).toBe('');
    });

    test('the server leaves, between commands and instead of an answer', async () => {
      await conversation([['server leaves'], ['program hears', words.farewell], ['ends', 'upstream-closed']]);
      const on = await conversation([
        ['relayed', words.signIn(secret)],
        ['server leaves'],
        ['program hears', words.notNow],
        ['ends', 'upstream-closed'],
      ]);
      expect(on.program.heard).not.toMatch(words.fatal);
    });

    test('the server is silent', async () => {
      const short = { replyMilliseconds: 50 };
      const script: Entry[] = [
        ['relayed', words.signIn(secret)],
        ['program hears', words.notNow],
        ['ends', 'upstream-timeout'],
      ];
      const on = await conversation(script, short);
      expect(on.program.heard).toContain('mail.example.org did not answer in time');
    });

    test('an end from outside answers what the program has asked, and judges no password', async () => {
      const told = `Postern: ${farewells.stopped}`;
      const between = await conversation([['stopped'], ['program hears', farewell], ['ends', 'EndedFromOutside']]);
      expect(between.program.heard).toContain(told);
      const waiting: Entry[][] = [
        [['relayed', signIn(secret)]],
        [
          ['relayed', begin],
          ['answered', challenge],
        ],
      ];
      for (const script of waiting) {
        const on = await conversation([
          ...script,
          ['stopped'],
          ['program hears', notNow],
          ['ends', 'EndedFromOutside'],
        ]);
        expect(on.program.heard).toContain(told);
        expect(on.program.heard).not.toMatch(fatal);
      }
    });
  });

  describe('a password that the server turns down', () => {
    const noted: Entry = ['noted', 'upstream-sign-in-failed'];

    test('is told in its own words, and is what is said of the session when the program leaves', async () => {
      const on = await conversation([
        ...turnedDown,
        ['program hears', words.wrong],
        ['relayed', words.quit],
        ['answered', ...words.goodBye],
        ['ends', 'closed'],
        noted,
      ]);
      expect(on.findings).toMatchObject([{ code: 'wrong-password' }]);
      await conversation([
        ...turnedDown,
        ['program hears', words.wrong],
        ['program leaves'],
        ['ends', 'ChannelClosed'],
        noted,
      ]);
    });

    test('and hangs up: what is said is the password, not the hang-up', async () => {
      await conversation([
        ...turnedDown,
        ['program hears', words.wrong],
        ['server leaves'],
        ['program hears', words.farewell],
        ['ends', 'upstream-sign-in-failed'],
      ]);
      await conversation([
        ...turnedDown,
        ['program hears', words.wrong],
        ['answered', words.outOfTheBlue],
        ['ends', 'closed'],
        noted,
      ]);
    });

    test('and takes then: nothing is said', async () => {
      await conversation([...turnedDown, ['program hears', words.wrong], ...goesOn, ['noted']]);
    });

    test('by a server that takes tokens alone: the program keeps its password', async () => {
      const { knowledge, before, behind, told } = words.tokensAlone;
      const on = await play(words.dialect, { knowledge }, [
        ...before,
        ['relayed', words.signIn(secret)],
        ['server', words.wrong],
        ...behind,
        ['program hears', told],
        ['relayed', words.quit],
        ['answered', ...words.goodBye],
        ['ends', 'closed'],
        ['noted', 'oauth-only'],
      ]);
      expect(on.program.heard).not.toMatch(words.fatal);
      expect(on.findings).toMatchObject([{ code: 'oauth-needed' }]);
    });

    test('a token that the server turns down is told as it comes', async () => {
      const { knowledge, before } = words.tokensAlone;
      await play(words.dialect, { knowledge }, [
        ...before,
        ['relayed', words.begin.replace('LOGIN', `XOAUTH2 ${secret}`)],
        ['answered', words.wrong],
        ['relayed', words.quit],
        ['answered', ...words.goodBye],
        ['ends', 'closed'],
        noted,
      ]);
    });
  });

  describe('what the program may not say', () => {
    test('27: its own STARTTLS is declined, and what stands behind it is a command like any other', async () => {
      const on = await conversation([
        ['program', words.startTls, words.ask],
        ['program hears', words.declined],
        ['server hears', words.ask],
        ['answered', words.yes],
        ...goesOn,
      ]);
      expect(on.server.heard).not.toContain(words.startTls);
    });

    test.each([
      ['a carriage return', 'x\rx'],
      ['a carriage return at its end', 'x\r'],
      ['NUL', 'x\0x'],
    ])('28: %s in a command: answered, not sent', async (_what, inside) => {
      await conversation([['declined', words.signIn(`${secret}${inside}`), words.declined], ...goesOn]);
    });

    test.each([
      ['a carriage return', 'c2\rVj'],
      ['NUL', 'c2\0Vj'],
      ['one byte too many (61)', 'A'.repeat(12_287)],
      ['a megabyte (61)', 'A'.repeat(1_000_000)],
    ])('28: %s in credentials: the sign-in is taken back', async (_what, data) => {
      await conversation([
        ['relayed', words.begin],
        ['answered', words.challenge],
        ['program', data],
        ['server hears', '*'],
        ['server', words.takenBack],
        ['program hears', words.declined],
        ...goesOn,
        ...(data.length > 12_000 ? [['noted', 'client-line-too-long'] as const] : [['noted'] as const]),
      ]);
    });

    test('28: a sign-in that was taken back is not accepted', async () => {
      for (const answer of [words.signedIn, words.challenge]) {
        await conversation([
          ['relayed', words.begin],
          ['answered', words.challenge],
          ['program', 'c2\0Vj'],
          ['server hears', '*'],
          ['server', answer],
          ['program hears', words.notNow],
          ['ends', 'upstream-protocol'],
        ]);
      }
    });

    test('61: one byte more than a command may have is answered and noted; as many as it may have pass', async () => {
      await conversation([
        ['declined', words.filled(words.maxLength + 1), words.declined],
        ['relayed', words.filled(words.maxLength)],
        ['answered', words.yes],
        ...goesOn,
        ['noted', 'client-line-too-long'],
      ]);
    });

    test('61: a megabyte without an end is answered with the tag that it has, and dropped', async () => {
      await conversation([
        ['declined', words.signIn(secret.repeat(70_000)), words.declined],
        ...goesOn,
        ['noted', 'client-line-too-long'],
      ]);
    });

    test('a password of 8 KiB passes: tokens are passwords, too', async () => {
      await conversation([
        ['relayed', words.signIn('x'.repeat(8192))],
        ['answered', words.signedIn],
        ['ends', 'splice'],
        ['noted'],
      ]);
    });

    test('63: twenty failures in a row end it; nineteen, a success and nineteen more do not', async () => {
      const nineteen = Array.from({ length: 19 }, (): Entry => ['declined', words.startTls, words.declined]);
      await conversation([
        ...nineteen,
        ['relayed', words.ask],
        ['answered', words.yes],
        ...nineteen,
        ['declined', words.startTls, words.declined],
        ['program hears', words.farewell],
        ['ends', 'closed'],
      ]);
    });
  });

  describe('a line that ends in LF alone is a line', () => {
    test('and goes up with CR LF', async () => {
      await conversation([
        ['program raw', `${words.ask}\n`],
        ['server hears', words.ask],
        ['answered', words.yes],
        ['program raw', `${words.begin}\n`],
        ['server hears', words.begin],
        ['answered', words.challenge],
        ['program raw', 'c2Vj\n'],
        ['server hears', 'c2Vj'],
        ['answered', words.signedIn],
        ['ends', 'splice'],
      ]);
    });

    test('mixed with others, in one write and byte by byte', async () => {
      const said = `${words.ask}\n${words.ask}\r\n${words.ask}\n`;
      for (const pieces of [[said], [...said]]) {
        const on = await conversation([]);
        for (const piece of pieces) {
          on.program.say(piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        for (let count = 0; count < 3; count += 1) {
          expect(await on.server.line()).toBe(words.ask);
          on.server.say(`${words.yes}\r\n`);
        }
        expect(on.server.heard).toBe(`${words.ask}\r\n`.repeat(3));
      }
    });
  });

  describe('who is no mail program', () => {
    test.each<[string, string | Buffer, RegExp]>([
      ['66: a web page', 'POST / HTTP/1.1\r\nHost: 127.0.0.1:1143\r\n\r\nNOOP\r\n', /web/],
      ['66: a web page with a long address', `POST /${'a'.repeat(60_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, /web/],
      ['a header line', 'Host: localhost\r\n', /does not speak a mail protocol/],
      ['TLS, without any line end', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), /security to "None"/],
      ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n', /does not speak a mail protocol/],
      ['an empty line, and a web page', '\r\nGET / HTTP/1.1\r\n', /web/],
      ['JSON', '{"jsonrpc":"2.0"}\r\n', /does not speak a mail protocol/],
    ])('%s is turned away, and nothing of it is sent', async (_what, said, told) => {
      const on = await conversation([
        ['program raw', said],
        ['ends', 'client-not-mail'],
      ]);
      expect((await on.program.until(words.farewell)).join()).toMatch(told);
      expect(on.server.heard).toBe('');
    });

    test('empty lines are none: each is answered, as the server might not, and what comes behind them is a command', async () => {
      const answered = /^(?:500 5\.5\.2|500|\* BAD|-ERR) Postern: /;
      await conversation([
        ['program', '', '', words.startTls],
        ['program hears', answered, answered, words.declined],
        ...goesOn,
      ]);
    });

    test.each([' ', '\t', '  NOOP', ` ${secret}`])('a first line of %j is no other protocol', async (line) => {
      const on = await conversation([['program', line, words.startTls]]);
      // Some of them are for the server to answer: a parser that ignores blanks sees a command.
      const answered = on.program.until(words.declined);
      on.server.socket.on('data', () => on.server.say(`${words.no}\r\n`));
      expect(await answered).not.toEqual([]);
    });
  });

  describe('what the server may not say', () => {
    test.each(words.nonsense)('%j, unasked (23)', async (said) => {
      const on = await conversation([
        ['server', said],
        ['ends', 'upstream-protocol'],
      ]);
      await on.program.until(words.farewell);
      expect(on.server.heard).toBe('');
    });

    test.each(words.nonsense)('31, 32: %j to a sign-in', async (said) => {
      const on = await conversation([
        ['relayed', words.signIn(secret)],
        ['server', said],
        ['ends', 'upstream-protocol'],
      ]);
      await on.program.until(words.notNow);
      expect(on.program.heard).not.toMatch(words.fatal);
    });

    test('57: a line without end', async () => {
      const on = await conversation([
        ['relayed', words.ask],
        ['server raw', 'x'.repeat(10_000_000)],
        ['ends', 'upstream-protocol'],
      ]);
      await on.program.until(words.farewell);
    });

    test('32: success before it has heard the answer to its challenge', async () => {
      for (const said of [words.signedIn, words.challenge]) {
        await conversation([
          ['relayed', words.begin],
          ['answered', words.challenge],
          ['server', said],
          ['program hears', words.notNow],
          ['ends', 'upstream-protocol'],
        ]);
      }
    });

    test.each([
      ['a carriage return inside', 'x\rx'],
      ['NUL', '\0'],
    ])('%s', async (_what, inside) => {
      await conversation([
        ['relayed', words.ask],
        ['server', `${words.yes}${inside}`],
        ['ends', 'upstream-protocol'],
      ]);
    });
  });

  test.each(['\n', '\r\r\n'])('inside TLS, an answer that ends in %j is one, and goes on with CR LF', async (end) => {
    await conversation([
      ['relayed', words.ask],
      ['server raw', `${words.yes}${end}`],
      ['program hears', words.yes],
      ...goesOn,
    ]);
  });

  test.each(['\n', '\r\r\n'])('32: but raw bytes begin behind no answer whose end is in doubt: %j', async (end) => {
    for (const script of [
      [['relayed', words.signIn(secret)]],
      [
        ['relayed', words.begin],
        ['answered', words.challenge],
        ['relayed', 'c2Vj'],
      ],
    ] satisfies Entry[][]) {
      await conversation([
        ...script,
        ['server raw', `${words.signedIn}${end}`],
        ['program hears', words.notNow],
        ['ends', 'upstream-protocol'],
      ]);
    }
  });

  test('71: the trace shows the story and no secret', async () => {
    const encoded = Buffer.from(`\0anna\0${secret}`).toString('base64');
    const on = await conversation([
      ['relayed', words.signIn(secret)],
      ['server', `${words.wrong} ${secret}`],
      ...words.behindWrong,
      ['program hears', `${words.wrong} ${secret}`],
      ['relayed', words.begin],
      ['answered', words.challenge],
      ['relayed', encoded],
      ['answered', `${words.no} ${encoded}`],
      ['declined', words.signIn(`${secret}\0`), words.declined],
      ['declined', words.signIn(secret.repeat(100_000)), words.declined],
      ['relayed', words.ask],
      ['answered', `${words.yes} ${secret}`],
      ['server', `${words.signedIn} ${secret}`],
      ['ends', 'upstream-protocol'],
    ]);
    for (const word of [secret, encoded, 'VXNlcm5hbWU6']) expect(on.traced.join('\n')).not.toContain(word);
    expect(on.notes.join()).not.toContain(secret);
    expect(on.traced).toEqual(expect.arrayContaining(['client: ‹secret›']));
    expect(on.traced.length).toBeGreaterThan(12);
  });
});
