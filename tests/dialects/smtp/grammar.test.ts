import { describe, expect, test } from 'vitest';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { type Entry, play } from '../../support/script.ts';

// SMTP's own rules; those of every dialect are in ../sign-in.test.ts.

const secret = 'AGFsaWNlAGh1bnRlcjI=';
const conversation = (script: readonly Entry[]) => play(smtp, { knowledge: null }, script);
const goesOn: Entry[] = [
  ['relayed', `AUTH PLAIN ${secret}`],
  ['answered', '235 ok'],
  ['ends', 'splice'],
];

test('EHLO is filtered, at any time before the sign-in', async () => {
  await conversation([
    ['relayed', 'EHLO old-pc'],
    ['server', '250-mail.example', '250-STARTTLS', '250 AUTH PLAIN SCRAM-SHA-1-PLUS'],
    ['program hears', '250-mail.example', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
    ['relayed', 'NOOP'],
    ['answered', '250 ok'],
    ['relayed', 'ehlo old-pc'],
    ['server', '250-mail.example', '250-StartTLS', '250 SIZE'],
    ['program hears', '250-mail.example', '250 SIZE'],
    ...goesOn,
  ]);
});

describe('a message without a sign-in', () => {
  const envelope: Entry[] = [
    ['relayed', 'HELO scanner'],
    ['answered', '250 mail.example'],
    ['relayed', 'MAIL FROM:<scanner@b>'],
    ['answered', '250 ok'],
    ['relayed', 'RCPT TO:<c@d>'],
    ['answered', '250 ok'],
  ];

  test('raw bytes begin with the go-ahead to DATA', async () => {
    await conversation([
      ...envelope,
      ['relayed', 'DATA'],
      ['program raw', 'early\n'],
      ['answered', '354 go'],
      ['ends', 'splice'],
      ['kept', 'early\n'],
    ]);
  });

  test('raw bytes begin behind BDAT, whose answer waits for the chunk', async () => {
    await conversation([
      ...envelope,
      ['program raw', 'BDAT 5 LAST\r\nx\ny\0\r'],
      ['server hears', 'BDAT 5 LAST'],
      ['ends', 'splice'],
      ['kept', 'x\ny\0\r'],
    ]);
  });

  test.each([
    ['MAIL', 'MAIL FROM:<a@b>', '530 5.7.0 sign in first'],
    ['RCPT', 'RCPT TO:<a@b>', '503 5.5.1 MAIL first'],
    ['DATA', 'DATA', '554 5.5.1 no valid recipients'],
    ['MAIL that is taken', 'MAIL FROM:<a@b> SIZE=12', '250 ok'],
    ['BURL', 'BURL imap://h/;uid=1 LAST', '503 no'],
  ])('behind %s the capabilities are still filtered, and its own STARTTLS is declined', async (_what, line, answer) => {
    await conversation([
      ['relayed', line],
      ['answered', answer],
      ['relayed', 'EHLO old-pc'],
      ['server', '250-mail.example', '250-STARTTLS', '250 AUTH PLAIN PLAIN-PLUS'],
      ['program hears', '250-mail.example', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
      ['declined', 'STARTTLS', /^502 5\.5\.1 Postern/],
      ...goesOn,
    ]);
  });

  test('a program that pipelines its envelope gets every answer, in order', async () => {
    await conversation([
      ['program', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>', 'RCPT TO:<no@d>', 'DATA'],
      ['server hears', 'MAIL FROM:<a@b>'],
      ['answered', '250 ok'],
      ['server hears', 'RCPT TO:<c@d>'],
      ['answered', '250 ok'],
      ['server hears', 'RCPT TO:<no@d>'],
      ['answered', '550 nobody'],
      ['server hears', 'DATA'],
      ['answered', '354 go'],
      ['ends', 'splice'],
    ]);
  });

  test('the server may take minutes for the envelope, as RFC 5321 grants', async () => {
    const on = await play(smtp, { knowledge: null, replyMilliseconds: 30 }, [['relayed', 'RCPT TO:<c@d>']]);
    await new Promise((resolve) => setTimeout(resolve, 90));
    on.server.say('250 ok\r\n');
    expect(await on.program.line()).toBe('250 ok');
  });
});

describe('bounds (61)', () => {
  test.each([
    ['a command', 'NOOP ', 512],
    ['an introduction', 'EHLO ', 2048],
    ['an older one', 'HELO ', 2048],
    ['an envelope', 'RCPT ', 2048],
    ['AUTH', 'AUTH PLAIN ', 12_288],
  ])('%s one byte over its limit is answered 500, at the limit it passes', async (_name, start, limit) => {
    const line = (length: number) => `${start}${'x'.repeat(length - start.length - 2)}`;
    await conversation([
      ['declined', line(limit + 1), /^500 5\.5\.6 Postern/],
      ['noted', 'client-line-too-long'],
      ['relayed', line(limit)],
      ['answered', '250 ok'],
      ['relayed', 'NOOP'],
    ]);
  });
});

test('codes: a malformed line is 501, and so are credentials that cannot be passed on', async () => {
  await conversation([
    ['declined', 'NOOP \0', /^501 5\.5\.2 Postern/],
    ['relayed', 'AUTH LOGIN'],
    ['answered', '334 x'],
    ['program', 'YW\0xp'],
    ['server hears', '*'],
    ['server', '501 cancelled'],
    ['program hears', /^501 5\.5\.2 Postern/],
    ...goesOn,
  ]);
});

describe('a tab behind the code', () => {
  test('of an answer is a blank', async () => {
    await conversation([
      ['relayed', 'EHLO old-pc'],
      ['server', '250-mail.example', '250-STARTTLS', '250\tAUTH PLAIN SCRAM-SHA-1-PLUS'],
      ['program hears', '250-mail.example', '250-AUTH PLAIN', '250 AUTH=PLAIN'],
      ['relayed', 'MAIL FROM:<a@b>'],
      ['server', '550\tno'],
      ['program hears', '550 no'],
      ['relayed', `AUTH PLAIN ${secret}`],
      ['server', '535\t5.7.8 no'],
      ['program hears', '535 5.7.8 no'],
      ...goesOn,
    ]);
  });

  test.each([
    [`AUTH PLAIN ${secret}`, '235\tok'],
    ['AUTH LOGIN', '334\tVXNlcm5hbWU6'],
    ['DATA', '354\tgo'],
  ])('32: but raw bytes begin behind none: %s, %j', async (said, answer) => {
    await conversation([
      ['relayed', said],
      ['server', answer],
      ['program hears', /^4\d\d 4\.7\.0 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

test.each(['250 2.7.0 Authentication successful', '230 welcome', '220 ok'])(
  'a "yes" to AUTH that is none is passed on, begins no raw bytes, and is no wrong password: %s',
  async (said) => {
    await conversation([
      ['relayed', `AUTH PLAIN ${secret}`],
      ['answered', said],
      ['relayed', 'EHLO old-pc'],
      ['server', '250-mail.example', '250 STARTTLS'],
      ['program hears', '250 mail.example'],
      ['relayed', 'QUIT'],
      ['answered', '221 bye'],
      ['ends', 'closed'],
      ['noted'],
    ]);
  },
);

describe('a farewell in place of an answer to AUTH', () => {
  test.each([
    ['421 4.7.0 Too many failed login attempts', 'account-blocked'],
    ['421 4.3.2 Service shutting down', 'server-unavailable'],
    ['421-4.7.0 too many connections\r\n421 4.7.0 from your host', 'server-too-many-connections'],
    ['421 4.7.1 your address is on a block list', 'address-blocked'],
  ])('is passed on, and said of the session: %s', async (answer, code) => {
    for (const challenged of [false, true]) {
      const on = await conversation([
        ...(challenged
          ? ([
              ['relayed', 'AUTH LOGIN'],
              ['answered', '334 VXNlcm5hbWU6'],
            ] as const)
          : []),
        ...(challenged ? [] : ([['relayed', `AUTH PLAIN ${secret}`]] as const)),
        ['answered', ...answer.split('\r\n')],
        ['ends', 'closed'],
        ['noted', 'upstream-sign-in-failed'],
      ]);
      expect(on.findings).toMatchObject([{ code }]);
    }
  });

  test('honest: to another command it says nothing of signing in', async () => {
    await conversation([
      ['relayed', 'NOOP'],
      ['answered', '421 4.7.0 Too many failed login attempts'],
      ['ends', 'closed'],
      ['noted'],
    ]);
  });
});

describe('empty lines between answers say nothing', () => {
  test.each(['\r\n', '\n', '\r\n\r\n\r\n'])('%j behind each of them', async (empty) => {
    await conversation([
      ['server raw', empty],
      ['relayed', 'EHLO old-pc'],
      ['server raw', `250 mail.example\r\n${empty}`],
      ['program hears', '250 mail.example'],
      ['relayed', 'NOOP'],
      ['server raw', `${empty}250 ok\r\n${empty}`],
      ['program hears', '250 ok'],
      ...goesOn,
    ]);
  });

  test('32: in front of the answer to a sign-in they are not SMTP', async () => {
    await conversation([
      ['relayed', `AUTH PLAIN ${secret}`],
      ['server raw', '\r\n235 ok\r\n'],
      ['program hears', /^454 4\.7\.0 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('inside a reply they are not SMTP', async () => {
    await conversation([
      ['relayed', 'EHLO old-pc'],
      ['server raw', '250-mail.example\r\n\r\n250 SIZE\r\n'],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('57: without end they are a flood', async () => {
    await conversation([
      ['server raw', '\r\n'.repeat(2000)],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'upstream-protocol'],
    ]);
  });
});

test.each(['EHLO / HTTP/1.1', ' EHLO / HTTP/1.1', 'NOOP /x HTTP/1.0'])(
  'a web page is turned away though its method is a command of SMTP: %j (66)',
  async (line) => {
    const on = await conversation([
      ['program', line, 'Host: evil.example:1587', '', 'MAIL FROM:<a@b>'],
      ['ends', 'client-not-mail'],
    ]);
    expect(on.server.heard).toBe('');
  },
);

test('a sign-in that is answered "not now" may be tried again, and is no failure of the program', async () => {
  await conversation([
    ...Array.from({ length: 25 }, (): Entry[] => [
      ['relayed', `AUTH PLAIN ${secret}`],
      ['answered', '454 4.7.0 later'],
    ]).flat(),
    ...goesOn,
    ['noted'],
  ]);
});

test.each([
  ['534 5.7.9 Please log in with your web browser', 'upstream-sign-in-failed', 'web-sign-in-needed'],
  ['535 5.7.139 Authentication unsuccessful, basic authentication is disabled', 'oauth-only', 'oauth-needed'],
  ['535 5.7.8 Application-specific password required', 'upstream-sign-in-failed', 'app-password-needed'],
])('%s: recognised', async (reply, reason, code) => {
  const on = await conversation([
    ['relayed', `AUTH PLAIN ${secret}`],
    ['server', reply],
    ['program hears', reason === 'oauth-only' ? /^534 5\.7\.9 Postern/ : reply],
    ['program leaves'],
    ['ends', 'ChannelClosed'],
    ['noted', reason],
  ]);
  expect(on.findings).toMatchObject([{ code }]);
});
