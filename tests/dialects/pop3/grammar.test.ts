import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lastQuestionMilliseconds } from '../../../proxy/dialects/clock.ts';
import { pop3 } from '../../../proxy/dialects/pop3/pop3.ts';
import { type Entry, play } from '../../support/script.ts';

// POP3's own rules; those of every dialect are in ../sign-in.test.ts.

const conversation = (script: readonly Entry[], knowledge = { apop: true }) => play(pop3, { knowledge }, script);
const goesOn: Entry[] = [
  ['relayed', 'PASS right'],
  ['answered', '+OK in'],
  ['ends', 'splice'],
];

test('USER and PASS, a failure first; a password may hold blanks', async () => {
  await conversation([
    ['relayed', 'USER anna'],
    ['answered', '+OK who'],
    ['relayed', 'PASS two words '],
    ['server', '-ERR [AUTH] no'],
    ['server hears', 'CAPA'],
    ['server', '-ERR what?'],
    ['program hears', '-ERR [AUTH] no'],
    ['relayed', 'USER anna'],
    ['answered', '+OK who'],
    // The server's capabilities are requested once.
    ['relayed', 'PASS wrong'],
    ['server', '-ERR [AUTH] no'],
    ['server hears', 'CAPA'],
    ['server', '+OK', 'USER', '.'],
    ['program hears', '-ERR [AUTH] no'],
    ['relayed', 'PASS wrong again'],
    ['answered', '-ERR [AUTH] no'],
    ...goesOn,
  ]);
});

describe('APOP', () => {
  const line = 'APOP anna c4c9334bac560ecc979e58001b3e22fb';

  test('passes where the stamp came inside TLS', async () => {
    await conversation([
      ['relayed', line],
      ['answered', '+OK in'],
      ['ends', 'splice'],
    ]);
  });

  test('is not possible behind STLS, and the answer says what is', async () => {
    await conversation(
      [['declined', line, /^-ERR \[SYS\/PERM\] Postern: APOP is not possible here.*USER and PASS/], ...goesOn],
      { apop: false },
    );
  });
});

test('AUTH: in steps, with a lone "+", with nothing, and with an initial response as long as may be', async () => {
  await conversation([
    ['relayed', 'auth login'],
    ['answered', '+'],
    ['relayed', ''],
    ['server', '-ERR no'],
    ['server hears', 'CAPA'],
    ['server', '+OK', 'SASL LOGIN', '.'],
    ['program hears', '-ERR no'],
    ['relayed', `AUTH PLAIN ${'A'.repeat(12_275)}`],
    ['answered', '+OK in'],
    ['ends', 'splice'],
  ]);
});

describe('lists', () => {
  test('of capabilities, filtered, with stuffed dots as they came', async () => {
    await conversation([
      ['relayed', 'CAPA'],
      ['server', '+OK list', 'USER', 'STLS', 'SASL PLAIN SCRAM-SHA-1-PLUS', '..dot', '.'],
      ['program hears', '+OK list', 'USER', 'SASL PLAIN', '..dot', '.'],
      ...goesOn,
    ]);
  });

  test('of mechanisms, and of languages', async () => {
    await conversation([
      ['program', 'AUTH', 'LANG', 'LANG de'],
      ['server hears', 'AUTH'],
      ['server', '+OK', 'PLAIN', 'SCRAM-SHA-1-PLUS', '.'],
      ['program hears', '+OK', 'PLAIN', '.'],
      ['server hears', 'LANG'],
      ['answered', '+OK', 'de Deutsch', '.'],
      ['server hears', 'LANG de'],
      ['answered', '+OK de'],
      ...goesOn,
    ]);
  });

  test('that the server does not have', async () => {
    await conversation([
      ...['CAPA', 'AUTH', 'LIST'].flatMap((command): Entry[] => [
        ['relayed', command],
        ['answered', '-ERR no'],
      ]),
      ...goesOn,
    ]);
  });

  test('whose lines end oddly are lists all the same, and end where they end', async () => {
    await conversation([
      ['relayed', 'CAPA'],
      ['server raw', '+OK\nUSER\r\r\n.\n'],
      ['program hears', '+OK', 'USER', '.'],
      ...goesOn,
    ]);
  });
});

describe('what the server may not say', () => {
  test.each([
    ['a challenge to PASS', 'PASS secret', '+ go\r\n'],
    ['a challenge to AUTH alone', 'AUTH', '+ go\r\n'],
    ['57: a list without end', 'CAPA', `+OK\r\n${'USER\r\n'.repeat(50_000)}`],
    ['57: a line without end in a list', 'CAPA', `+OK\r\n${'x'.repeat(1_000_000)}`],
    ['NUL in a list', 'CAPA', '+OK\r\nUS\0ER\r\n.\r\n'],
    ['a carriage return in a list', 'CAPA', '+OK\r\n.\rx\r\n.\r\n'],
  ])('%s', async (_name, command, said) => {
    await conversation([
      ['relayed', command],
      ['server raw', said],
      ['program hears', /^-ERR \[SYS\/TEMP\] Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

test('commands that need a sign-in, and of extensions, get its answer (68)', async () => {
  await conversation([
    ...['STAT', 'XTND XMIT', 'FROB 1'].flatMap((command): Entry[] => [
      ['relayed', command],
      ['answered', '-ERR not now'],
    ]),
    ...goesOn,
  ]);
});

describe('what the mail program may not say', () => {
  test.each(['', 'AGFubmEAaHVudGVyMg==', 'a1 LOGIN anna secret'])(
    '%j is no command: answered, not sent',
    async (line) => {
      await conversation([
        ['relayed', 'USER anna'],
        ['answered', '+OK'],
        ['declined', line, /^-ERR Postern/],
        ...goesOn,
      ]);
    },
  );

  test.each([
    ['PASS', 'PASS ', 8199],
    ['USER', 'USER ', 8199],
    ['NOOP', 'NOOP ', 255],
    ['AUTH', 'AUTH PLAIN ', 12_288],
    ['another', 'LANG ', 255],
  ])('61: %s: one byte too many is answered; as many as are allowed pass', async (_name, start, length) => {
    const on = await conversation([
      ['declined', `${start}${'x'.repeat(length - start.length - 1)}`, /^-ERR Postern/],
      ['noted', 'client-line-too-long'],
      ['relayed', `${start}${'x'.repeat(length - start.length - 2)}`],
    ]);
    expect(on.notes).toHaveLength(1);
  });

  test('a password of 249 characters, and of more, passes', async () => {
    for (const length of [249, 250, 1000, 8000]) {
      await conversation([
        ['relayed', `PASS ${'x'.repeat(length)}`],
        ['answered', '+OK in'],
        ['ends', 'splice'],
      ]);
    }
  });
});

describe('a server that takes tokens alone', () => {
  test.each([
    ['the words of its "no"', ['-ERR Authentication failed: basic auth is disabled'], []],
    ['its capabilities', ['-ERR [AUTH] no'], ['SASL OAUTHBEARER XOAUTH2']],
    ['its capabilities, one of them twice', ['-ERR invalid'], ['SASL XOAUTH2', 'SASL XOAUTH2', 'TOP']],
  ])('is known by %s', async (_what, no, capabilities) => {
    await conversation([
      ['relayed', 'PASS secret'],
      ['server', ...no],
      ['server hears', 'CAPA'],
      ['server', '+OK', ...capabilities, '.'],
      ['program hears', /^-ERR \[SYS\/PERM\] Postern: .*OAuth/],
      ['relayed', 'QUIT'],
      ['answered', '+OK'],
      ['ends', 'closed'],
      ['noted', 'oauth-only'],
    ]);
  });

  test('but is not asked behind a mechanism that nobody knows', async () => {
    await conversation([['relayed', 'AUTH XNONE x'], ['answered', '-ERR unknown'], ...goesOn]);
  });

  test.each([['-ERR [IN-USE] locked'], ['-ERR [SYS/TEMP] later']])('but says %s for another reason', async (no) => {
    await conversation([
      ['relayed', 'PASS secret'],
      ['server', no],
      ['server hears', 'CAPA'],
      ['server', '+OK', 'SASL XOAUTH2', '.'],
      ['program hears', no],
      ...goesOn,
    ]);
  });

  test.each([['leaves'], ['says something else'], ['is silent']])(
    'and %s when it is asked: its "no" is passed on',
    async (what) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const on = await conversation([
        ['relayed', 'PASS secret'],
        ['server', '-ERR [AUTH] no'],
        ['server hears', 'CAPA'],
      ]);
      if (what === 'leaves') on.server.end();
      if (what === 'says something else') on.server.say('junk\r\n');
      if (what === 'is silent') vi.advanceTimersByTime(lastQuestionMilliseconds);
      expect(await on.program.line()).toBe('-ERR [AUTH] no');
    },
  );
});

test('71, 96: the trace shows commands, and no secret', async () => {
  const secret = 'hUnTeR2';
  const encoded = Buffer.from(`\0anna\0${secret}`).toString('base64');
  const on = await conversation([
    ['relayed', 'USER anna'],
    ['answered', '+OK'],
    ['relayed', `PASS ${secret}`],
    ['server', `-ERR [AUTH] not ${secret}`],
    ['server hears', 'CAPA'],
    ['server', `+OK ${secret}`, `USER ${secret}`, '.'],
    ['program hears', `-ERR [AUTH] not ${secret}`],
    ['relayed', `APOP anna ${secret}`],
    ['answered', `-ERR ${secret}`],
    ['relayed', `AUTH PLAIN ${encoded}`],
    ['answered', `-ERR ${encoded}`],
    ['relayed', 'AUTH PLAIN'],
    ['answered', `+ ${encoded}`],
    ['relayed', encoded],
    ['answered', `-ERR ${encoded}`],
    ['relayed', secret],
    ['answered', `-ERR unknown: ${secret}`],
    ['declined', `PASS ${secret}\0`, /^-ERR Postern/],
    ['declined', `USER ${secret}${'x'.repeat(9000)}`, /^-ERR Postern/],
    ['declined', `PASS ${secret}${'x'.repeat(100_000)}`, /^-ERR Postern/],
    ['declined', `${secret}==`, /^-ERR Postern/],
    ['relayed', 'CAPA'],
    ['answered', `+OK ${secret}`, `USER ${secret}`, '.'],
    ['relayed', 'NOOP'],
    ['answered', `-ERR ${secret}`],
    ['server', `+OK ${secret}`],
    ['ends', 'upstream-protocol'],
  ]);
  const trace = on.traced.join('\n');
  expect(trace).not.toContain(secret);
  expect(trace).not.toContain(encoded);
  expect(on.notes.join()).not.toContain(secret);
  expect(on.traced).toEqual(
    expect.arrayContaining([
      'client: USER ‹secret›',
      'client: PASS ‹secret›',
      'server: -ERR [AUTH] ‹secret›',
      'to-server: CAPA',
      'client: AUTH PLAIN ‹secret›',
      'server: + ‹secret›',
    ]),
  );
});

describe('USER that the server refuses', () => {
  const capa: Entry[] = [
    ['server hears', 'CAPA'],
    ['server', '+OK', 'USER', '.'],
  ];

  test.each([
    ['-ERR [AUTH] unknown user', 'wrong-password'],
    ['-ERR never heard of that name', 'wrong-password'],
    ['-ERR [SYS/TEMP] try again later', 'server-unavailable'],
    ['-ERR USER command not supported', 'no-password-sign-in'],
  ])('is a sign-in that it refuses: %s', async (said, code) => {
    const on = await conversation([
      ['relayed', 'USER anna'],
      ['server', said],
      ...capa,
      ['program hears', said],
      ['relayed', 'QUIT'],
      ['answered', '+OK'],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(on.findings).toMatchObject([{ code }]);
  });

  test('by a server that takes tokens alone: the program keeps its password', async () => {
    await conversation([
      ['program', 'USER anna'],
      ['server hears', 'USER anna'],
      ['server', '-ERR [AUTH] no'],
      ['server hears', 'CAPA'],
      ['server', '+OK', 'SASL XOAUTH2', '.'],
      ['program hears', /^-ERR \[SYS\/PERM\] Postern: .*OAuth/],
      ['noted', 'oauth-only'],
    ]);
  });

  test('honest: forgotten once the next one is taken', async () => {
    await conversation([
      ['relayed', 'USER ana'],
      ['server', '-ERR who?'],
      ...capa,
      ['program hears', '-ERR who?'],
      ['relayed', 'USER anna'],
      ['answered', '+OK'],
      ['relayed', 'PASS right'],
      ['answered', '+OK in'],
      ['ends', 'splice'],
      ['noted'],
    ]);
  });
});
