import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { imap } from '../../../proxy/dialects/imap/imap.ts';
import { type Entry, play } from '../../support/script.ts';

// IMAP's own rules; those of every dialect are in ../sign-in.test.ts.

const conversation = (script: readonly Entry[], capabilities = 'IMAP4rev1 AUTH=PLAIN LITERAL+') =>
  play(imap, { knowledge: { capabilities: capabilities.split(' ') } }, script);
const goesOn: Entry[] = [
  ['relayed', 'zz LOGIN anna right'],
  ['answered', 'zz OK in'],
  ['ends', 'splice'],
];

describe('LOGIN', () => {
  test('with quoted strings; the capabilities behind it are the server’s', async () => {
    await conversation([
      ['program', 'a1 LOGIN "anna" "pass \\"word"', 'a2 SELECT INBOX'],
      ['server hears', 'a1 LOGIN "anna" "pass \\"word"'],
      ['server', 'a1 OK [CAPABILITY IMAP4rev1 IDLE] welcome', '* 1 EXISTS'],
      ['program hears', 'a1 OK [CAPABILITY IMAP4rev1 IDLE] welcome'],
      ['ends', 'splice'],
      ['kept', 'a2 SELECT INBOX\r\n'],
    ]);
  });

  test('with synchronising literals', async () => {
    await conversation([
      ['declined', 'a1 LOGIN {4}', /^\+ /],
      ['declined', 'anna {6}', /^\+ /],
      ['program', 'secret'],
      ['server hears', 'a1 LOGIN {4}'],
      ['server', '* OK wait a little', '+ go'],
      ['server hears', 'anna {6}'],
      ['server', '+ go'],
      ['server hears', 'secret'],
      ['server', 'a1 OK in'],
      ['program hears', '* OK wait a little', 'a1 OK in'],
      ['ends', 'splice'],
    ]);
  });

  test.each(['\r\n', '\n'])('with non-synchronising literals, byte by byte, lines ending in %j', async (end) => {
    const on = await conversation([]);
    for (const byte of ['a1 LOGIN {4+}', 'anna {6-}', 'secret', ''].join(end)) {
      on.program.say(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await on.server.until(/secret/)).toEqual(['a1 LOGIN {4+}', 'anna {6-}', 'secret']);
    expect(on.server.heard).toBe('a1 LOGIN {4+}\r\nanna {6-}\r\nsecret\r\n');
  });

  test('a literal that the server turns down', async () => {
    const on = await conversation([
      ['declined', 'a1 LOGIN {4}', /^\+ /],
      ['program', 'anna secret'],
      ['server hears', 'a1 LOGIN {4}'],
      ['answered', 'a1 NO not so'],
      ...goesOn,
    ]);
    expect(on.server.heard).not.toContain('secret');
  });

  test('13: behind LOGINDISABLED is not sent', async () => {
    const on = await conversation(
      [
        ['program', 'a1 LOGIN anna secret', 'a2 LOGIN {4+}', 'anna {6+}', 'secret', 'a3 LOGIN {4}', 'a4 LOGOUT'],
        ['server hears', 'a4 LOGOUT'],
        ['server', '* BYE', 'a4 OK'],
        ['program hears', /^a1 NO \[UNAVAILABLE\]/, /^a2 NO \[UNAVAILABLE\]/, /^a3 NO \[UNAVAILABLE\]/],
        ['program hears', '* BYE', 'a4 OK'],
        ['ends', 'closed'],
        ['noted'],
      ],
      'IMAP4rev1 LoginDisabled AUTH=PLAIN',
    );
    expect(on.server.heard).toBe('a4 LOGOUT\r\n');
  });

  test('behind LOGINDISABLED of a server that takes tokens alone, the answer says so', async () => {
    const on = await conversation(
      [
        ['declined', 'a1 LOGIN anna secret', /^a1 NO \[UNAVAILABLE\] Postern: .*OAuth/],
        ['noted', 'oauth-only'],
      ],
      'IMAP4rev1 LOGINDISABLED AUTH=XOAUTH2',
    );
    expect(on.server.heard).toBe('');
  });

  test.each([true, false])('where the capabilities are unknown they are asked first, unseen (%s)', async (disabled) => {
    const on = await play(imap, { knowledge: { capabilities: null } }, [['program', 'a1 LOGIN anna secret']]);
    const [tag, name] = (await on.server.line()).split(' ');
    expect(name).toBe('CAPABILITY');
    on.server.say(`* CAPABILITY IMAP4rev1${disabled ? ' LOGINDISABLED' : ''}\r\n${tag} OK\r\n`);
    if (disabled) {
      expect(await on.program.line()).toMatch(/^a1 NO \[UNAVAILABLE\]/);
      expect(on.server.heard).not.toContain('secret');
    } else {
      expect(await on.server.line()).toBe('a1 LOGIN anna secret');
      on.server.say('a1 OK in\r\n');
      expect(await on.program.line()).toBe('a1 OK in');
    }
  });

  test('a good-bye while they are asked ends it', async () => {
    await play(imap, { knowledge: { capabilities: null } }, [
      ['program', 'a1 LOGIN anna secret'],
      ['server hears', /CAPABILITY$/],
      ['answered', '* BYE enough'],
      ['server leaves'],
      ['ends', 'closed'],
    ]);
  });
});

describe('literals that come unasked, where the server does not take them', () => {
  const told = /^a1 BAD Postern: .*LITERAL\+/;

  test.each([
    ['nothing of the kind', 'IMAP4rev1 AUTH=PLAIN', ['a1 LOGIN {4+}', 'anna {6+}', 'secret']],
    ['small ones (LITERAL-)', 'IMAP4rev1 LITERAL-', ['a1 LOGIN anna {4097+}', 'x'.repeat(4097)]],
    ['small ones (IMAP4rev2)', 'IMAP4rev2', ['a1 LOGIN anna {4097+}', 'x'.repeat(4097)]],
    ['nothing of the kind, to ID', 'IMAP4rev1', ['a1 ID ("name" {1+}', 'x)']],
  ])('offers %s: it is the program’s fault, and told as such', async (_what, capabilities, lines) => {
    const on = await conversation([['program', ...lines], ['program hears', told], ...goesOn], capabilities);
    expect(on.server.heard).toBe('zz LOGIN anna right\r\n');
  });

  test('behind one that waited', async () => {
    await conversation(
      [['declined', 'a1 LOGIN {4}', /^\+ /], ['program', 'anna {6+}', 'secret'], ['program hears', told], ...goesOn],
      'IMAP4rev1',
    );
  });

  test.each([
    ['LITERAL+', 5000],
    ['LITERAL-', 4096],
    ['IMAP4rev2', 4096],
  ])('pass where it offers them: %s', async (capability, size) => {
    await conversation(
      [
        ['relayed', `a1 LOGIN anna {${size}+}`, 'x'.repeat(size)],
        ['answered', 'a1 OK in'],
        ['ends', 'splice'],
      ],
      `IMAP4rev1 ${capability}`,
    );
  });
});

describe('AUTHENTICATE', () => {
  test('with an initial response; what the server says behind it is filtered', async () => {
    await conversation([
      ['relayed', 'a1 AUTHENTICATE PLAIN AGFubmEAc2VjcmV0'],
      ['server', 'a1 OK [CAPABILITY IMAP4rev1 STARTTLS] in'],
      ['program hears', 'a1 OK [CAPABILITY IMAP4rev1] in'],
      ['ends', 'splice'],
    ]);
  });

  test('the server may speak in between, and lose patience', async () => {
    await conversation([
      ['relayed', 'a1 AUTHENTICATE LOGIN'],
      ['answered', '* OK patience', '+ VXNlcm5hbWU6'],
      ['relayed', 'YW5uYQ=='],
      ['answered', '* OK patience', '+ UGFzc3dvcmQ6'],
      ['answered', '* OK hurry', 'a1 NO too late'],
      ...goesOn,
    ]);
  });
});

describe('an untagged NO as the only answer to a sign-in', () => {
  const replyMilliseconds = 1000;
  /** Its time for an answer passes when the script says so. */
  const patient = () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    return { knowledge: { capabilities: ['IMAP4rev1'] }, replyMilliseconds };
  };

  test.each([
    ['* NO [AUTHENTICATIONFAILED] no', /^a1 NO \[AUTHENTICATIONFAILED\] Postern: /, 'wrong-password'],
    ['* NO [AUTHENTICATIONFAILED] Application-specific password required', /^a1 NO \[AUTH/, 'app-password-needed'],
    ['* NO Login failed', /^a1 NO \[UNAVAILABLE\] Postern: /, 'wrong-password'],
    ['* NO [WEBALERT https://x/] Web login required', /^a1 NO \[UNAVAILABLE\] Postern: /, 'web-sign-in-needed'],
    ['* NO too many simultaneous connections', /^a1 NO \[UNAVAILABLE\] Postern: /, 'server-too-many-connections'],
  ])('%s: the program gets its tag, and the session ends', async (said, told, code) => {
    const on = await play(imap, patient(), [
      ['relayed', 'a1 LOGIN anna secret'],
      ['answered', said],
      ['passes', replyMilliseconds],
      ['program hears', told, /^\* BYE Postern: /],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(on.findings).toMatchObject([{ code }]);
  });

  test('or the server hangs up behind it', async () => {
    await conversation([
      ['relayed', 'a1 AUTHENTICATE PLAIN AGFubmEAc2VjcmV0'],
      ['answered', '* NO [AUTHENTICATIONFAILED] no'],
      ['server leaves'],
      ['program hears', /^a1 NO \[AUTHENTICATIONFAILED\] Postern: /, /^\* BYE Postern: /],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
  });

  test('honest: a tagged answer behind it is the answer', async () => {
    await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['answered', '* NO [ALERT] mailbox nearly full', 'a1 OK in'],
      ['ends', 'splice'],
      ['noted'],
    ]);
    await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['answered', '* NO [AUTHENTICATIONFAILED] no', 'a1 NO [AUTHENTICATIONFAILED] no'],
      ...goesOn,
    ]);
  });

  test('honest: to another command it is none, and silence is silence', async () => {
    await play(imap, patient(), [
      ['relayed', 'a1 NOOP'],
      ['answered', '* NO [AUTHENTICATIONFAILED] what?'],
      ['passes', replyMilliseconds],
      ['program hears', /^a1 NO \[UNAVAILABLE\] Postern: .*did not answer in time/, /^\* BYE Postern: /],
      ['ends', 'upstream-timeout'],
    ]);
  });
});

describe('good-bye', () => {
  test('to LOGOUT, instead of an answer, and with a referral that does not cross', async () => {
    await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['server', '* BYE [REFERRAL imap://evil/] busy'],
      ['program hears', '* BYE busy'],
      ['server leaves'],
      ['ends', 'closed'],
    ]);
  });

  test.each([
    ['a1 LOGOUT', 'a1 BYE see you', '* BYE see you'],
    ['a1 NOOP', 'a1 bye', '* bye'],
  ])('to %s with its tag is a good-bye all the same', async (said, answer, told) => {
    await conversation([
      ['relayed', said],
      ['server', answer],
      ['program hears', told],
      ['ends', 'closed'],
    ]);
  });

  test.each([
    ['* BYE [AUTHENTICATIONFAILED] Login failed', 'wrong-password'],
    ['* BYE Too many invalid login attempts', 'account-blocked'],
    ['* BYE Server shutting down.', 'server-unavailable'],
    ['* BYE Disconnected: authentication timed out', 'server-unavailable'],
    ['* BYE [ALERT] Application-specific password required', 'app-password-needed'],
  ])('in place of an answer to a sign-in is said of the session: %s', async (said, code) => {
    const on = await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['answered', said],
      ['server leaves'],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(on.findings).toMatchObject([{ code }]);
    const later = await conversation([
      ['relayed', 'a1 AUTHENTICATE LOGIN'],
      ['answered', '+ VXNlcm5hbWU6'],
      ['answered', said],
      ['server leaves'],
      ['ends', 'closed'],
      ['noted', 'upstream-sign-in-failed'],
    ]);
    expect(later.findings).toMatchObject([{ code }]);
  });

  test('honest: in place of an answer to another command it says nothing of signing in', async () => {
    await conversation([
      ['relayed', 'a1 NOOP'],
      ['answered', '* BYE [AUTHENTICATIONFAILED] Login failed'],
      ['server leaves'],
      ['ends', 'closed'],
      ['noted'],
    ]);
  });

  test('32: with its tag, to a sign-in: the program gets its answer, and hears what it is', async () => {
    await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['server', 'a1 BYE too many connections of yours'],
      ['program hears', /^a1 NO \[UNAVAILABLE\] Postern: .*too many connections/, /^\* BYE Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('32: with another tag it is none', async () => {
    await conversation([
      ['relayed', 'a1 NOOP'],
      ['server', 'a2 BYE see you'],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

test('COMPRESS begins raw bytes', async () => {
  await conversation([
    ['relayed', 'a1 COMPRESS DEFLATE'],
    ['answered', 'a1 OK active'],
    ['ends', 'splice'],
  ]);
});

test('half a literal and no more: the program is sent away', async () => {
  const knowledge = { capabilities: ['LITERAL+'] };
  const on = await play(imap, { knowledge, clientIdleMilliseconds: 200 }, [
    ['program raw', 'a1 LOGIN {10+}\r\nann'],
    ['ends', 'closed'],
  ]);
  expect(on.server.heard).toBe('');
});

describe('what the server may not say', () => {
  test.each([
    ['23, 32: a tagged reply before it was asked for', 'a1 OK you are in\r\n'],
    ['a continuation', '+ go\r\n'],
    ['half a tagged reply', 'a1 OK y'],
  ])('%s', async (_name, said) => {
    const on = await conversation([['server raw', said]]);
    await on.upstream.arrival(on.stop.signal);
    on.program.say('a1 LOGIN anna secret\r\n');
    if (said.endsWith('y')) on.server.say('es\r\n');
    await on.program.until(/^\* BYE Postern/);
    expect(on.server.heard).toBe('');
  });

  test.each([
    ['32: another tag', 'a2 OK you are in\r\n'],
    ['a continuation', '+ go\r\n'],
    ['57: OK without end', '* OK still here\r\n'.repeat(2000)],
    ['57: a literal without end', '* ID ({4294967295}\r\n'],
    ['a literal whose beginning is in doubt', '* ID ("name" {1}\nx)\r\na1 OK\r\n'],
    ['a literal whose beginning is in doubt, by a carriage return', '* ID ("name" {1}\r\r\nx)\r\na1 OK\r\n'],
  ])('%s', async (_name, said) => {
    const on = await conversation([
      ['relayed', 'a1 LOGIN anna secret'],
      ['server raw', said],
      ['ends', 'upstream-protocol'],
    ]);
    expect((await on.program.until(/^\* BYE Postern/)).at(-2)).toMatch(/^a1 NO \[UNAVAILABLE\] Postern/);
    expect(on.program.heard).not.toMatch(/AUTHENTICATIONFAILED|you are in/);
  });

  test('and what it may: untagged lines and literals at any time, filtered', async () => {
    const on = await conversation([
      ['server', '* OK still here', '* CAPABILITY IMAP4rev1 STARTTLS'],
      ['program hears', '* OK still here', '* CAPABILITY IMAP4rev1'],
      ['relayed', 'a1 ID NIL'],
      ['server raw', '* ID ("name" {9}\r\na1 OK\r\nx\n "b" {1}\r\nc)\r\na1 OK [REFERRAL imap://evil/] done\r\n'],
    ]);
    await on.program.until(/^a1 OK done$/);
    expect(on.program.heard).toContain('* ID ("name" {9}\r\na1 OK\r\nx\n "b" {1}\r\nc)\r\na1 OK done\r\n');
  });
});

test('68: commands that need a sign-in, or are not known, get its answer', async () => {
  await conversation([
    ['relayed', 'a1 SELECT INBOX'],
    ['answered', 'a1 BAD not now'],
    ['relayed', 'a2 XWHATEVER 1'],
    ['answered', 'a2 BAD unknown'],
    ...goesOn,
  ]);
});

describe('what the mail program may not say', () => {
  test.each([
    ['28: NUL in a literal', 'a1 LOGIN anna {6+}\r\nse\0ret\r\n', /^a1 BAD Postern/],
    ['28: a line end in a literal of LOGIN', 'a1 LOGIN anna {8+}\r\nsec\r\nret\r\n', /^a1 BAD Postern/],
    ['28: a carriage return behind a literal', 'a1 LOGIN anna {6+}\r\nsecret\r\r\n', /^a1 BAD Postern/],
    ['a literal in AUTHENTICATE', 'a1 AUTHENTICATE PLAIN {6+}\r\nsecret\r\n', /^a1 BAD Postern/],
    ['61: 12,289 bytes of LOGIN', `a1 LOGIN ${'x'.repeat(12_278)}\r\n`, /^a1 BAD Postern/],
    ['61: too many of another, with a literal', `a1 SEARCH ${'x'.repeat(8200)} {2+}\r\nxx\r\n`, /^a1 BAD Postern/],
    ['61: a megabyte', `a1 LOGIN ${'x'.repeat(1_000_000)}\r\n`, /^a1 BAD Postern/],
    ['61: a megabyte behind a literal', `a1 LOGIN {1+}\r\na ${'x'.repeat(1_000_000)}\r\n`, /^a1 BAD Postern/],
    ['61: a literal that is too large', 'a1 LOGIN anna {16385}\r\n', /^a1 BAD Postern/],
    ['61: a literal beyond counting', `a1 LOGIN anna {${'9'.repeat(500)}}\r\n`, /^a1 BAD Postern/],
    ['two blanks behind the tag', 'a1  LOGIN anna secret\r\n', /^a1 BAD Postern/],
    ['a tag alone', 'a1\r\n', /^a1 BAD Postern/],
    ['a tag and a blank', 'a1 \r\n', /^a1 BAD Postern/],
    ['a tag and what is no name', 'a1 "LOGIN" anna secret\r\n', /^a1 BAD Postern/],
    ['a command without a tag', 'LOGIN\r\n', /^LOGIN BAD Postern/],
    ['61: a megabyte behind a tag alone', `a1 ${' '.repeat(1_000_000)}\r\n`, /^a1 BAD Postern/],
    ['nothing', '\r\n', /^\* BAD Postern/],
    ['a blank in front', ' a1 NOOP\r\n', /^a1 BAD Postern/],
    ['blanks and a tab in front of a tag alone', ' \t a1\r\n', /^a1 BAD Postern/],
    ['a tab behind the tag', 'a1\tNOOP\r\n', /^a1 BAD Postern/],
    ['what cannot be a tag', '(a1) NOOP\r\n', /^\* BAD Postern/],
    ['a tag longer than any', `${'a'.repeat(129)} NOOP\r\n`, /^\* BAD Postern/],
  ])('%s is answered with the tag that it has, not sent', async (_name, said, told) => {
    const on = await conversation([
      ['relayed', 'zz NOOP'],
      ['answered', 'zz OK'],
      ['program raw', said],
      ['program hears', told],
      ...goesOn,
    ]);
    expect(on.server.heard).toBe('zz NOOP\r\nzz LOGIN anna right\r\n');
    expect(on.notes).toHaveLength(said.length > 8000 ? 1 : 0);
  });

  test('lines and literals as large as are allowed pass', async () => {
    await conversation([
      ['relayed', `a1 LOGIN ${'x'.repeat(12_277)}`],
      ['answered', 'a1 NO'],
      ['relayed', 'a2 LOGIN anna {16384+}', 'x'.repeat(16_384)],
      ['answered', 'a2 NO'],
      ...goesOn,
      ['noted'],
    ]);
  });

  test.each([32 * 1024, 48 * 1024])('ID of %i bytes passes (RFC 2971)', async (length) => {
    const line = `a1 ID ("name" "${'x'.repeat(length - 19)}")`;
    expect(line.length + 2).toBe(length);
    await conversation([['relayed', line], ['answered', '* ID NIL', 'a1 OK done'], ...goesOn, ['noted']]);
  });

  test('ID as large as RFC 2971 allows passes, in literals too', async () => {
    const fields = Array.from({ length: 30 }, (_, at) => [`field-${at}`.padEnd(30, 'x'), 'v'.repeat(1024)]);
    const quoted = `a1 ID (${fields.map(([name, value]) => `"${name}" "${value}"`).join(' ')})`;
    const parts = fields.flat().map((text) => `{${text.length}+}\r\n${text}`);
    await conversation([
      ['relayed', quoted],
      ['answered', 'a1 OK'],
      ['relayed', ...`a2 ID (${parts.join(' ')})`.split('\r\n')],
      ['answered', 'a2 OK'],
      ...goesOn,
    ]);
  });

  test('ID of one byte more is answered with its tag', async () => {
    await conversation([['declined', `a1 ID ("name" "${'x'.repeat(48 * 1024 - 18)}")`, /^a1 BAD Postern/], ...goesOn]);
  });

  test.each(['{16385+}', '{4294967295+}', '{4294967295-}', `{${'9'.repeat(500)}+}`])(
    '61: a literal that comes unasked and is too large ends the session, unread: %.20s',
    async (mark) => {
      const on = await conversation([
        ['program raw', `a1 LOGIN anna ${mark}\r\nsecret`],
        ['program hears', /^\* BYE Postern/],
        ['ends', 'closed'],
      ]);
      expect(on.server.heard).toBe('');
    },
  );

  test('61: many literals that are allowed one by one end the session too', async () => {
    const on = await conversation([
      ['program raw', `a1 ID (${`{8000+}\r\n${'x'.repeat(8000)}`.repeat(9)}\r\n`],
      ['ends', 'closed'],
    ]);
    expect(on.server.heard).toBe('');
  });
});

test('words that look like HTTP pass once the line is a command', async () => {
  await conversation([
    ['relayed', 'POST LOGIN anna HTTP/1.1'],
    ['answered', 'POST OK in'],
    ['ends', 'splice'],
  ]);
});

test('71, 96: the trace shows the story and no secret', async () => {
  const secret = 'hUnTeR2';
  const encoded = Buffer.from(`\0anna\0${secret}`).toString('base64');
  const on = await conversation([
    ['relayed', `a1 LOGIN anna ${secret}`],
    ['answered', `* NO ${secret}`, `a1 NO [AUTHENTICATIONFAILED] not ${secret}`],
    ['relayed', 'a2 LOGIN {4+}', 'anna {7+}', secret],
    ['answered', 'a2 NO no'],
    ['relayed', 'a3 AUTHENTICATE PLAIN'],
    ['answered', `+ ${encoded}`],
    ['relayed', encoded],
    ['answered', `a3 NO ${encoded}`],
    ['relayed', `a4 AUTHENTICATE PLAIN ${encoded}`],
    ['answered', `a4 BAD ${encoded}`],
    ['relayed', `a4 ${secret}`],
    ['answered', `a4 BAD ${secret}`],
    // In place of a tag, alone on its line, cut short: each is answered with the secret, which appears nowhere else.
    ['declined', secret, `${secret} BAD Postern: no command was recognised.`],
    ['declined', `${secret}  LOGIN`, /BAD/],
    ['declined', `${secret} ${'x'.repeat(90_000)}`, /BAD/],
    ['declined', `a4 LOGIN anna ${secret}${'x'.repeat(13_000)}`, /^a4 BAD/],
    ['declined', `a4 LOGIN anna ${secret}${'x'.repeat(90_000)}`, /^a4 BAD/],
    ['declined', `a4 LOGIN anna ${secret}\0`, /^a4 BAD/],
    ['program', `${encoded} STARTTLS`, 'a8 NOOP'],
    ['program hears', /BAD/],
    ['server hears', 'a8 NOOP'],
    // A server that repeats a secret long after it received it.
    ['answered', `* OK ${secret}`, `a8 OK ${secret}`],
    ['server', `* OK ${secret}`, 'a9 OK'],
    ['ends', 'upstream-protocol'],
  ]);
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
