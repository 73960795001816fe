import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SignInByPostern as SignIn } from '../../proxy/contract/index.ts';
import type { Dialect } from '../../proxy/dialects/dialect.ts';
import { localMechanisms } from '../../proxy/dialects/front.ts';
import { imap } from '../../proxy/dialects/imap/imap.ts';
import { nntp } from '../../proxy/dialects/nntp/nntp.ts';
import { pop3 } from '../../proxy/dialects/pop3/pop3.ts';
import { smtp } from '../../proxy/dialects/smtp/smtp.ts';
import { gateFor, localPassword, longPassword } from '../gate/support/gates.ts';
import { scriptedTokens } from '../gate/support/scripted-tokens.ts';
import { stage } from '../support/dialect-stage.ts';
import { type Entry, play } from '../support/script.ts';

// The rules of every dialect where Postern signs in for the mail program, told as conversations.

const base64 = (text: string) => Buffer.from(text).toString('base64');
const stamp = '<stamp@postern>';
const plainOf = (user: string, password: string) => base64(`\0${user}\0${password}`);
const oauth: SignIn = { kind: 'oauth', user: 'alice@example.org', provider: 'example' };
const bearerOf = (token: string) =>
  base64(`n,a=alice@example.org,\x01host=mail.example.org\x01port=587\x01auth=Bearer ${token}\x01\x01`);
const xoauth2Of = (token: string) => base64(`user=alice@example.org\x01auth=Bearer ${token}\x01\x01`);

interface Words {
  dialect: Dialect;
  /** The knowledge about a server that offers these mechanisms, and what is requested before a sign-in to it. */
  offering(...mechanisms: string[]): { knowledge: unknown; before: Entry[] };
  /** Sign-ins in one line. */
  plain(data: string): string;
  byPassword: ((password: string) => string) | null;
  /** A sign-in in steps, with its first challenge in Base64. */
  begin(mechanism: string): string;
  challenge(data: string): string;
  /** Postern's sign-in to the server: its lines, without the server's replies in between. */
  begins(mechanism: string, initial: string): Entry[];
  goesOn(data: string): string;
  accepted: string;
  wrong: string;
  programHears: string;
  locallyWrong: RegExp;
  notNow: RegExp;
  malformed: RegExp;
  unknown: RegExp;
}

const vocabularies: Record<string, Words> = {
  SMTP: {
    dialect: smtp as Dialect,
    offering: (...mechanisms) => ({
      knowledge: null,
      before: [
        ['server hears', 'EHLO [127.0.0.1]'],
        ['server', '250-mail', `250 AUTH ${mechanisms.join(' ')}`],
      ],
    }),
    plain: (data) => `AUTH PLAIN ${data}`,
    byPassword: null,
    begin: (mechanism) => `AUTH ${mechanism}`,
    challenge: (data) => `334 ${data}`,
    begins: (mechanism, initial) =>
      initial.length <= 450
        ? [['server hears', `AUTH ${mechanism} ${initial}`]]
        : [
            ['server hears', `AUTH ${mechanism}`],
            ['server', '334 '],
            ['server hears', initial],
          ],
    goesOn: (data) => data,
    accepted: '235 2.7.0 welcome',
    wrong: '535 5.7.8 no',
    programHears: '235 2.7.0 welcome',
    locallyWrong: /^535 5\.7\.8 Postern: wrong local password/,
    notNow: /^454 4\.7\.0 Postern: /,
    malformed: /^501 5\.5\.2 Postern: /,
    unknown: /^504 5\.5\.4 Postern: /,
  },
  IMAP: {
    dialect: imap as Dialect,
    offering: (...mechanisms) => ({
      knowledge: {
        capabilities: ['IMAP4rev1', 'SASL-IR', ...mechanisms.map((name) => `AUTH=${name}`)],
        own: localMechanisms,
      },
      before: [],
    }),
    plain: (data) => `a1 AUTHENTICATE PLAIN ${data}`,
    byPassword: (password) => `a1 LOGIN "anybody at all" ${password}`,
    begin: (mechanism) => `a1 AUTHENTICATE ${mechanism}`,
    challenge: (data) => `+ ${data}`,
    begins: (mechanism, initial) => [
      ['server hears', new RegExp(`^P[0-9a-f]{16} AUTHENTICATE ${mechanism} ${escaped(initial)}$`)],
    ],
    goesOn: (data) => data,
    accepted: 'TAG OK welcome',
    wrong: 'TAG NO [AUTHENTICATIONFAILED] no',
    programHears: 'a1 OK welcome',
    locallyWrong: /^a1 NO \[AUTHENTICATIONFAILED\] Postern: wrong local password/,
    notNow: /^a1 NO \[UNAVAILABLE\] Postern: /,
    malformed: /^a1 BAD Postern: /,
    unknown: /^a1 NO \[CANNOT\] Postern: /,
  },
  POP3: {
    dialect: pop3 as Dialect,
    offering: (...mechanisms) => ({
      knowledge: { apop: true, stamp },
      before: [
        ['server hears', 'CAPA'],
        ['server', '+OK', `SASL ${mechanisms.join(' ')}`, '.'],
      ],
    }),
    plain: (data) => `AUTH PLAIN ${data}`,
    byPassword: (password) => `PASS ${password}`,
    begin: (mechanism) => `AUTH ${mechanism}`,
    challenge: (data) => `+ ${data}`,
    begins: (mechanism, initial) => [
      ['server hears', `AUTH ${mechanism}`],
      ['server', '+ '],
      ['server hears', initial],
    ],
    goesOn: (data) => data,
    accepted: '+OK welcome',
    wrong: '-ERR [AUTH] no',
    programHears: '+OK welcome',
    locallyWrong: /^-ERR \[AUTH\] Postern: wrong local password/,
    notNow: /^-ERR \[SYS\/TEMP\] Postern: /,
    malformed: /^-ERR Postern: /,
    unknown: /^-ERR \[SYS\/PERM\] Postern: /,
  },
  NNTP: {
    dialect: nntp as Dialect,
    offering: (...mechanisms) => ({
      knowledge: null,
      before: [
        ['server hears', 'CAPABILITIES'],
        ['server', '101 list', 'VERSION 2', 'AUTHINFO SASL', `SASL ${mechanisms.join(' ')}`, '.'],
      ],
    }),
    plain: (data) => `AUTHINFO SASL PLAIN ${data}`,
    byPassword: (password) => `AUTHINFO PASS ${password}`,
    begin: (mechanism) => `AUTHINFO SASL ${mechanism}`,
    challenge: (data) => `383 ${data === '' ? '=' : data}`,
    begins: (mechanism, initial) =>
      initial.length <= 450
        ? [['server hears', `AUTHINFO SASL ${mechanism} ${initial}`]]
        : [
            ['server hears', `AUTHINFO SASL ${mechanism}`],
            ['server', '383 ='],
            ['server hears', initial],
          ],
    goesOn: (data) => data,
    accepted: '281 welcome',
    wrong: '481 no',
    programHears: '281 Postern: signed in',
    locallyWrong: /^481 Postern: wrong local password/,
    notNow: /^400 Postern: /,
    malformed: /^482 Postern: /,
    unknown: /^503 Postern: /,
  },
};

function escaped(text: string): string {
  return text.replace(/[+/=]/g, '\\$&');
}

describe.each(Object.entries(vocabularies))('%s', (_name, words) => {
  const stored = gateFor();
  const converse = (offered: ReturnType<Words['offering']>, script: readonly Entry[], given = stored) =>
    play(words.dialect, { knowledge: offered.knowledge, own: given.own() }, script);
  /** Where the server takes these mechanisms alone, and no command of the protocol's own. */
  function withoutCommand(...mechanisms: string[]): ReturnType<Words['offering']> {
    const offering = words.offering(...mechanisms);
    if (words.dialect.protocol !== 'imap') return offering;
    const { capabilities } = offering.knowledge as { capabilities: string[] };
    return { ...offering, knowledge: { capabilities: [...capabilities, 'LOGINDISABLED'], own: localMechanisms } };
  }
  const right = words.plain(plainOf('anybody', localPassword));
  const long = plainOf('alice', longPassword);
  const offered = words.offering('PLAIN');
  const signedIn: Entry[] = [
    ...words.begins('PLAIN', long),
    ['server', words.accepted],
    ['program hears', words.programHears],
    ['ends', 'splice'],
  ];

  test('honest: 99 and 100: the local password lets in, and what is stored signs in; what the program sends next goes on raw', async () => {
    const on = await converse(offered, [
      ['program', right, 'and more'],
      ...offered.before,
      ...signedIn,
      ['kept', 'and more\r\n'],
      ['noted'],
    ]);
    expect(on.server.heard).not.toContain(localPassword);
    const shown = on.traced.join('\n');
    for (const secret of [localPassword, longPassword, long, plainOf('anybody', localPassword)])
      expect(shown).not.toContain(secret);
  });

  test('by every way that an old program may know', async () => {
    const challenged = (mechanism: string, ...turns: [string, string][]): Entry[] => [
      ['program', words.begin(mechanism)],
      ...turns.flatMap(([challenge, answer]): Entry[] => [
        ['program hears', words.challenge(base64(challenge))],
        ['program', answer],
      ]),
      ...offered.before,
      ...signedIn,
    ];
    await converse(offered, challenged('plain', ['', plainOf('x', localPassword)]));
    await converse(offered, challenged('LOGIN', ['Username:', base64('x')], ['Password:', base64(localPassword)]));
    if (words.byPassword)
      await converse(offered, [['program', words.byPassword(localPassword)], ...offered.before, ...signedIn]);
  });

  test('CRAM-MD5, with a challenge that nobody can know before', async () => {
    const on = await converse(offered, [['program', words.begin('CRAM-MD5')]]);
    const challenge = Buffer.from((await on.program.line()).split(' ')[1] ?? '', 'base64').toString();
    const digest = createHmac('md5', localPassword).update(challenge).digest('hex');
    on.program.say(`${base64(`any body ${digest}`)}\r\n`);
    if (offered.before.length > 0) {
      await on.server.line();
      on.server.say(
        offered.before[1]
          ?.slice(1)
          .map((line) => `${line}\r\n`)
          .join('') ?? '',
      );
    }
    expect(await on.server.line()).toMatch(/PLAIN/);
  });

  test('99: a wrong password is answered late and as such, noted, and the server hears nothing of it', async () => {
    const started = performance.now();
    const on = await converse(offered, [
      ['program', words.plain(plainOf('anybody', 'wrong'))],
      ['program hears', words.locallyWrong],
      ['server heard'],
      ['noted', 'local-password-wrong'],
      // The owner, after mistyping.
      ['program', right],
      ...offered.before,
      ...signedIn,
    ]);
    expect(performance.now() - started).toBeGreaterThan(990);
    expect(on.traced.join()).not.toContain(base64('wrong'));
  });

  test('what is no sign-in is declined at once, and counts for no guess', async () => {
    await converse(offered, [
      ['declined', words.begin('NTLM'), words.unknown],
      ['declined', words.plain('!!!'), words.malformed],
      ['declined', words.plain(base64('no separators')), words.malformed],
      ['program', words.begin('PLAIN')],
      ['program hears', words.challenge('')],
      ['declined', '*', words.malformed],
      ['server heard'],
      ['noted'],
      ['program', right],
      ...offered.before,
      ...signedIn,
    ]);
  });

  test('the server does not take what is stored: “not now”, and it is not tried again', async () => {
    const given = gateFor();
    await converse(
      offered,
      [
        ['program', right],
        ...offered.before,
        ...words.begins('PLAIN', long),
        ['server', words.wrong],
        ['program hears', words.notNow],
        ['ends', 'upstream-sign-in-failed'],
        ['found', 'stored-sign-in-refused'],
      ],
      given,
    );
    expect(given.signIns.needed('A')).toBe('password-refused');
    await converse(
      offered,
      [['program', right], ['program hears', words.notNow], ['ends', 'sign-in-needed'], ['server heard']],
      given,
    );
  });

  test('nothing is stored: “not now”, and a person is asked', async () => {
    const given = gateFor();
    await given.secrets.remove('A', 'upstream-password');
    await converse(
      offered,
      [
        ['program', right],
        ['program hears', words.notNow],
        ['ends', 'sign-in-needed'],
      ],
      given,
    );
    expect(given.signIns.needed('A')).toBe('password-missing');
  });

  test('100: another server than the account’s gets nothing', async () => {
    const given = gateFor(undefined, { server: 'other.example.org' });
    await converse(
      offered,
      [['program', right], ['program hears', words.notNow], ['ends', 'sign-in-needed'], ['server heard']],
      given,
    );
  });

  test('100: a server that offers other mechanisms alone gets nothing', async () => {
    const none = withoutCommand('NTLM', 'XOAUTH2');
    const on = await converse(none, [
      ['program', right],
      ...none.before,
      ['program hears', words.notNow],
      ['ends', 'upstream-sign-in-failed'],
      ['found', 'no-common-mechanism'],
    ]);
    expect(on.server.heard).not.toMatch(/^AUTH/m);
  });

  test('the server leaves in the middle: “not now”', async () => {
    await converse(offered, [
      ['program', right],
      ...offered.before,
      ...words.begins('PLAIN', long),
      ['server leaves'],
      ['program hears', words.notNow],
      ['ends', 'upstream-closed'],
    ]);
  });

  test('SCRAM goes before PLAIN, and a server without the proof is nobody', async () => {
    const scram = words.offering('PLAIN', 'SCRAM-SHA-256');
    const on = await converse(scram, [['program', right]]);
    if (scram.before.length > 0) {
      await on.server.line();
      on.server.say(
        scram.before[1]
          ?.slice(1)
          .map((line) => `${line}\r\n`)
          .join('') ?? '',
      );
    }
    let line = await on.server.line();
    expect(line).toContain('SCRAM-SHA-256');
    if (words.dialect.protocol === 'pop3') {
      on.server.say('+ \r\n');
      line = await on.server.line();
    }
    const nonce = /r=(.*)$/.exec(Buffer.from(line.split(' ').at(-1) ?? '', 'base64').toString())?.[1];
    on.server.say(`${words.challenge(base64(`r=${nonce}more,s=${base64('salt')},i=4096`))}\r\n`);
    expect(Buffer.from(await on.server.line(), 'base64').toString()).toMatch(/^c=biws,r=.*more,p=/);
    const tag = words.dialect.protocol === 'imap' ? (line.split(' ')[0] ?? '') : '';
    on.server.say(`${words.accepted.replace('TAG', tag)}\r\n`);
    expect(await on.program.line()).toMatch(words.notNow);
    expect(on.server.heard).not.toContain(longPassword);
  });

  /** The server's first message to a SCRAM sign-in, made from the client's. @returns what the server hears next */
  async function scramWith(message: (nonce: string) => string, given = gateFor()) {
    const scram = withoutCommand('SCRAM-SHA-256');
    const on = await converse(scram, [['program', right], ...scram.before], given);
    let line = await on.server.line();
    const tag = words.dialect.protocol === 'imap' ? (line.split(' ')[0] ?? '') : '';
    if (words.dialect.protocol === 'pop3') {
      on.server.say('+ \r\n');
      line = await on.server.line();
    }
    const nonce = /r=(.*)$/.exec(Buffer.from(line.split(' ').at(-1) ?? '', 'base64').toString())?.[1] ?? '';
    on.server.say(`${words.challenge(base64(message(nonce)))}\r\n`);
    return { on, tag, heard: await on.server.line() };
  }

  test.each([
    ['next to no rounds, so that the proof could be guessed from', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=1`],
    ['rounds without end', (nonce: string) => `r=${nonce}x,s=c2FsdA==,i=9999999`],
    ['a nonce of somebody else’s exchange', () => 'r=somebodyelses,s=c2FsdA==,i=4096'],
  ])('100: a SCRAM challenge with %s gets no proof', async (_, message) => {
    const { on, tag, heard } = await scramWith(message);
    expect(heard).toBe('*');
    on.server.say(`${words.wrong.replace('TAG', tag)}\r\n`);
    expect(await on.program.line()).toMatch(words.notNow);
    expect(on.server.heard).not.toContain(base64('c=biws'));
    expect(on.server.heard).not.toContain(longPassword);
  });

  test('SCRAM: what the server says by the mechanism’s own error is believed: the password is wrong', async () => {
    const given = gateFor();
    const { on, tag } = await scramWith((nonce) => `r=${nonce}x,s=c2FsdA==,i=4096`, given);
    on.server.say(`${words.challenge(base64('e=invalid-proof'))}\r\n`);
    expect(await on.server.line()).toBe('*');
    on.server.say(`${words.wrong.replace('TAG', tag)}\r\n`);
    expect(await on.program.line()).toMatch(words.notNow);
    expect(given.signIns.needed('A')).toBe('password-refused');
  });

  test('100: challenges without an end to a token are cancelled, and it was sent once', async () => {
    const offering = words.offering('XOAUTH2');
    const challenge = words.challenge(base64('{"status":"401"}'));
    const nothing = words.dialect.protocol === 'nntp' ? '=' : '';
    const on = await converse(
      offering,
      [
        ['program', right],
        ...offering.before,
        ...words.begins('XOAUTH2', xoauth2Of('old')),
        ...Array.from({ length: words.dialect.protocol === 'pop3' ? 3 : 4 }, (): Entry[] => [
          ['server', challenge],
          ['server hears', nothing],
        ]).flat(),
        ['server', challenge],
        ['server hears', '*'],
        ['server', words.wrong],
        ['program hears', words.notNow],
        ['ends', 'upstream-protocol'],
      ],
      gateFor(oauth, { tokens: scriptedTokens('old', 'new') }),
    );
    expect(on.server.heard.split(xoauth2Of('old'))).toHaveLength(2);
  });

  test('a token: refused once, renewed, and tried once more', async () => {
    const tokens = scriptedTokens('old', 'new');
    const offering = words.offering('XOAUTH2');
    await converse(
      offering,
      [
        ['program', right],
        ...offering.before,
        ...words.begins('XOAUTH2', xoauth2Of('old')),
        ['server', words.challenge(base64('{"status":"401"}'))],
        ['server hears', words.dialect.protocol === 'nntp' ? '=' : ''],
        ['server', words.wrong],
        ...words.begins('XOAUTH2', xoauth2Of('new')),
        ['server', words.accepted],
        ['program hears', words.programHears],
        ['ends', 'splice'],
      ],
      gateFor(oauth, { tokens }),
    );
    expect(tokens.asked).toEqual(['current A mail.example.org', 'renewed A mail.example.org old']);
  });

  test('a token without the permission for mail: not renewed, since the next would have no other', async () => {
    const tokens = scriptedTokens('old', 'new');
    const offering = words.offering('OAUTHBEARER');
    await converse(
      offering,
      [
        ['program', right],
        ...offering.before,
        ...words.begins('OAUTHBEARER', bearerOf('old')),
        ['server', words.challenge(base64('{"status":"insufficient_scope"}'))],
        ['server hears', 'AQ=='],
        ['server', words.wrong],
        ['program hears', words.notNow],
        ['ends', 'upstream-sign-in-failed'],
        ['told', /does not cover what this server wants/],
      ],
      gateFor(oauth, { tokens }),
    );
    expect(tokens.asked).toEqual(['current A mail.example.org']);
  });

  test('a token: refused twice, and no more', async () => {
    const tokens = scriptedTokens('old', 'new', 'newest');
    const offering = words.offering('OAUTHBEARER', 'XOAUTH2', 'PLAIN');
    const turnedDown = (token: string): Entry[] => [
      ...words.begins('OAUTHBEARER', bearerOf(token)),
      ['server', words.challenge(base64('{"status":"invalid_token"}'))],
      ['server hears', 'AQ=='],
      ['server', words.wrong],
    ];
    await converse(
      offering,
      [
        ['program', right],
        ...offering.before,
        ...turnedDown('old'),
        ...turnedDown('new'),
        ['program hears', words.notNow],
        ['ends', 'upstream-sign-in-failed'],
        ['found', 'stored-sign-in-refused'],
      ],
      gateFor(oauth, { tokens }),
    );
    expect(tokens.asked).toEqual(['current A mail.example.org', 'renewed A mail.example.org old']);
  });
});

describe('SMTP alone', () => {
  const { own } = gateFor();
  const long = plainOf('alice', longPassword);
  const begins = vocabularies.SMTP?.begins('PLAIN', long) ?? [];

  test('a program that knows HELO alone; Postern’s mechanisms in the place of the server’s', async () => {
    await play(smtp, { knowledge: null, own: own() }, [
      ['program', 'HELO printer'],
      ['server hears', 'EHLO printer'],
      ['server', '250-mail', '250-SIZE 1', '250-AUTH GSSAPI', '250 STARTTLS'],
      ['program hears', '250 mail.example.org'],
      ['relayed', 'EHLO printer'],
      ['server', '250-mail', '250-SIZE 1', '250-AUTH PLAIN', '250 STARTTLS'],
      ['program hears', '250-mail', '250-SIZE 1', '250-AUTH PLAIN LOGIN CRAM-MD5', '250 AUTH=LOGIN PLAIN CRAM-MD5'],
      ['declined', 'MAIL FROM:<a@b>', /^530 5\.7\.0 Postern/],
      ['declined', 'RCPT TO:<a@b>', /^503 /],
      ['declined', 'DATA', /^503 /],
      ['program', `AUTH PLAIN ${plainOf('x', localPassword)}`],
      ...begins,
      ['server', '235 ok'],
      ['program hears', '235 ok'],
      ['ends', 'splice'],
    ]);
  });

  test('a program that knows HELO and AUTH LOGIN, and nothing else', async () => {
    await play(smtp, { knowledge: null, own: own() }, [
      ['program', 'HELO old'],
      ['server hears', 'EHLO old'],
      ['server', '250-mail', '250 AUTH PLAIN'],
      ['program hears', '250 mail.example.org'],
      ['program', 'AUTH LOGIN'],
      ['program hears', `334 ${base64('Username:')}`],
      ['program', base64('anybody')],
      ['program hears', `334 ${base64('Password:')}`],
      ['program', base64(localPassword)],
      ...begins,
      ['server', '235 ok'],
      ['program hears', '235 ok'],
      ['ends', 'splice'],
    ]);
  });

  test.each([
    ['421 4.7.0 too many connections from your host', 'server-too-many-connections'],
    ['421 4.7.0 Authentication failed', 'server-unavailable'],
  ])('a farewell in place of an answer judges no password: %s', async (said, code) => {
    const given = gateFor();
    const on = await play(smtp, { knowledge: null, own: given.own('no-password') }, [
      ['program', 'EHLO printer'],
      ['server hears', 'EHLO printer'],
      ['server', '250-mail', '250 AUTH PLAIN'],
      ['program hears', '250 mail'],
      ['program', 'MAIL FROM:<a@b>'],
      ...begins,
      ['server', said],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'upstream-closed'],
      ['found', code],
    ]);
    expect(on.findings).toEqual([]);
  });

  test('a chunk that may not come ends it: it is no command', async () => {
    await play(smtp, { knowledge: null, own: own() }, [
      ['program', 'BDAT 5'],
      ['program hears', /^421 4\.7\.0 Postern/],
      ['ends', 'closed'],
      ['server heard'],
    ]);
  });

  test('a name that the server does not like is replaced by one that says nothing', async () => {
    await play(smtp, { knowledge: null, own: own() }, [
      ['program', 'HELO'],
      ['server hears', 'EHLO [127.0.0.1]'],
      ['server', '550 no'],
      ['server hears', 'EHLO [127.0.0.1]'],
      ['server', '250 mail'],
      ['program hears', '250 mail.example.org'],
    ]);
  });

  test('without a password: the first sender stands for the sign-in', async () => {
    await play(smtp, { knowledge: null, own: own('no-password') }, [
      ['program', 'EHLO printer'],
      ['server hears', 'EHLO printer'],
      ['server', '250-mail', '250-SIZE 1', '250 AUTH PLAIN'],
      ['program hears', '250-mail', '250 SIZE 1'],
      ['declined', 'DATA', /^503 /],
      ['program', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>'],
      ...begins,
      ['server', '235 ok'],
      ['server hears', 'MAIL FROM:<a@b>'],
      ['ends', 'splice'],
      ['kept', 'RCPT TO:<c@d>\r\n'],
    ]);
  });

  test('without a password, and nothing stored: “not now” for the sender', async () => {
    const given = gateFor();
    await given.secrets.remove('A', 'upstream-password');
    await play(smtp, { knowledge: null, own: given.own('no-password') }, [
      ['program', 'MAIL FROM:<a@b>'],
      ['program hears', /^421 4\.7\.0 Postern: /],
      ['ends', 'sign-in-needed'],
    ]);
  });
});

describe('POP3 alone', () => {
  const { own } = gateFor();
  const knowledge = { apop: true, stamp };

  test('Postern greets with a stamp of its own', async () => {
    const greeting = await stage(pop3 as Dialect, knowledge, { own: own() });
    greeting.server.say('+OK ready <server@stamp>\r\n');
    expect(await greeting.greet(true)).toMatch(/^sign-in \+OK Postern ready <[0-9a-f]{24}@postern>\r\n$/);
    expect(greeting.server.heard).toBe('');
  });

  test('APOP, and what Postern offers', async () => {
    const digest = createHash('md5')
      .update(stamp + localPassword)
      .digest('hex');
    await play(pop3, { knowledge, own: own() }, [
      ['program', 'USER anybody'],
      ['program hears', '+OK'],
      ['program', 'AUTH'],
      ['program hears', '+OK', 'PLAIN', 'LOGIN', 'CRAM-MD5', '.'],
      ['relayed', 'CAPA'],
      ['server', '+OK', 'UIDL', 'USER', 'SASL GSSAPI SCRAM-SHA-256', 'STLS', '.'],
      ['program hears', '+OK', 'USER', 'SASL PLAIN LOGIN CRAM-MD5', 'UIDL', '.'],
      ['declined', 'APOP x 123', /^-ERR Postern/],
      ['program', `APOP any body ${digest}`],
      ['server hears', 'AUTH SCRAM-SHA-256'],
    ]);
  });

  test('USER and PASS, where the server says nothing of itself', async () => {
    await play(pop3, { knowledge, own: own() }, [
      ['program', `PASS ${localPassword}`],
      ['server hears', 'CAPA'],
      ['server', '-ERR what?'],
      ['server hears', 'USER alice'],
      ['server', '+OK'],
      ['server hears', /^PASS application password long/],
      ['server', '+OK welcome'],
      ['program hears', '+OK welcome'],
      ['ends', 'splice'],
    ]);
  });
});

describe('IMAP alone', () => {
  const { own } = gateFor();

  test('Postern’s mechanisms in the place of the server’s, in the greeting too; PREAUTH lets nobody in', async () => {
    await play(imap, { knowledge: { capabilities: null }, step: 'greet', own: own() }, [
      ['server', '* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=GSSAPI IDLE] hello'],
      ['ends', 'sign-in * OK [CAPABILITY IMAP4rev1 IDLE SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5] hello'],
    ]);
    await play(imap, { knowledge: { capabilities: null }, step: 'greet', own: own() }, [
      ['server', '* PREAUTH hello'],
      ['ends', 'upstream-protocol'],
    ]);
  });

  test('LOGIN with literals and without; the server’s own command where it offers no mechanism', async () => {
    const knowledge = { capabilities: ['IMAP4rev1'], own: localMechanisms };
    await play(imap, { knowledge, own: own() }, [
      ['relayed', 'a0 CAPABILITY'],
      ['server', '* CAPABILITY IMAP4rev1 LOGINDISABLED', 'a0 OK'],
      ['program hears', '* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5', 'a0 OK'],
      ['declined', 'a1 COMPRESS DEFLATE', /^a1 BAD Postern/],
      ['server', '* CAPABILITY IMAP4rev1'],
      ['program hears', /^\* CAPABILITY/],
      ['program', `a2 LOGIN {3+}`, `x y {${localPassword.length}}`],
      ['program hears', '+ Postern: go ahead'],
      ['program', localPassword],
      // The stored password contains characters that are not allowed in a quoted string.
      ['server hears', /^P[0-9a-f]{16} LOGIN \{5\}$/],
      ['server', '+ go'],
      ['server hears', /^alice \{\d+\}$/],
      ['server', '+ go'],
      ['server hears', /^application password long/],
      ['server', '* NO [AUTHENTICATIONFAILED] not to be shown', '* CAPABILITY IMAP4rev1 MOVE', 'TAG OK in'],
    ]);
  });
});
