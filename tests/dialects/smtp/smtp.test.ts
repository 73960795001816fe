import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { smtp } from '../../../proxy/dialects/smtp/smtp.ts';
import { type Entry, play } from '../../support/script.ts';

// SMTP's own rules before TLS; those of every dialect are in the contract, dialects/plaintext.test.ts.

const conversation = (script: readonly Entry[], step: 'request-tls' | 'greet' = 'request-tls') =>
  play(smtp, { knowledge: null, step }, script);

const names = ['EHLO [127.0.0.1]', `EHLO ${hostname()}`, 'EHLO [192.0.2.7]'] as const;
const greeted: Entry[] = [
  ['server', '220 mail.example ESMTP'],
  ['server hears', names[0]],
];
const offers: Entry[] = [
  ['server', '250-mail.example', '250-SIZE', '250 STARTTLS'],
  ['server hears', 'STARTTLS'],
];

describe('STARTTLS', () => {
  test.each(['502', '454', '354', '221', '250', '421', '500', '501', '530'])(
    'is refused by %s where it was offered',
    async (code) => {
      await conversation([...greeted, ...offers, ['server', `${code} no`], ['ends', 'starttls-refused']]);
    },
  );

  test('is not offered by a server without extensions: HELO is not tried', async () => {
    await conversation([
      ...greeted,
      ['server', '500 what'],
      ['ends', 'starttls-not-offered'],
      ['server heard', names[0]],
    ]);
  });
});

describe('EHLO', () => {
  test.each([
    ['another code', '220 x'],
    ['a code that waits for more', '354 x'],
    ['nothing but a code', '250 '],
    ['two voices', '250-a\r\n500 b'],
    ['lines without end', '250-x\r\n'.repeat(20_000)],
    ['the go-ahead, too, before it was asked for', '250-mail.example\r\n250 STARTTLS\r\n220 go'],
  ])('answered by %s', async (_what, said) => {
    await conversation([...greeted, ['server', said], ['ends', 'upstream-protocol'], ['server heard', names[0]]]);
  });

  test('answered by an end', async () => {
    await conversation([...greeted, ['server leaves'], ['ends', 'upstream-closed']]);
  });

  test('answered before it was said', async () => {
    await conversation([['server', '220 x', '250-a', '250 STARTTLS'], ['ends', 'upstream-protocol'], ['server heard']]);
  });

  /** The server rejects this many names, with the same text. */
  const turnedDown = (said: string, times: number): Entry[] =>
    names.slice(0, times).flatMap((name): Entry[] => [
      ['server hears', name],
      ['server', said],
    ]);

  test.each([
    ['550 5.7.1 Access denied - invalid HELO name', 1],
    ['501 5.5.4 Invalid domain name', 1],
    ['450 4.7.1 <[127.0.0.1]>: Helo command rejected: Host not found', 2],
    ['504 5.5.2 <[127.0.0.1]>: Helo command rejected: need fully-qualified hostname', 2],
    ['553-5.5.4 no\r\n553 5.5.4 such name', 2],
  ])('%j: another name is tried, never HELO', async (said, times) => {
    await conversation([
      ['server', '220 x'],
      ...turnedDown(said, times),
      ['server hears', names[times] ?? ''],
      ...offers,
      ['server', '220 go'],
      ['ends', 'TLS'],
      ['server heard', ...names.slice(0, times + 1), 'STARTTLS'],
    ]);
  });

  test.each<[string, number, string]>([
    ['550 5.7.1 Access denied - invalid HELO name', 3, 'greeting-name-refused'],
    ['450 4.3.2 try again later', 3, 'server-unavailable'],
    ['554 5.7.1 Client host blocked using zen.spamhaus.org', 3, 'address-blocked'],
    ['550 no', 3, 'connection-unwanted'],
    ['504 5.5.2 <[127.0.0.1]>: Helo command rejected: need fully-qualified hostname', 3, 'greeting-name-refused'],
    ['504 5.5.2 a domain name, please', 3, 'greeting-name-refused'],
    ['504 5.5.4 not a host name', 3, 'greeting-name-refused'],
    ['421 4.7.0 too many connections from your host', 1, 'server-too-many-connections'],
    ['421 4.3.2 closing', 1, 'server-unavailable'],
  ])('%j is what it is, and says nothing about encryption', async (said, times, code) => {
    await conversation([
      ['server', '220 x'],
      ...turnedDown(said, times),
      ['ends', 'upstream-protocol'],
      ['found', code],
      ['told', /^(?!.*(?:STARTTLS|encrypt|stripping))/],
      ['server heard', ...names.slice(0, times)],
    ]);
  });

  test('who hangs up behind a refusal has said why', async () => {
    await conversation([
      ['server', '220 x'],
      ...turnedDown('550 5.7.1 invalid HELO name', 1),
      ['server hears', names[1]],
      ['server leaves'],
      ['ends', 'upstream-protocol'],
      ['found', 'greeting-name-refused'],
      ['told', /^(?!.*(?:STARTTLS|encrypt|stripping))/],
    ]);
  });

  test.each([
    ['500', 1],
    ['502', 1],
    ['504', 3],
    ['504 EHLO not implemented', 3],
    ['504 5.5.1 unrecognized parameter to EHLO', 3],
  ])('%s to every name that is tried: the server has no STARTTLS', async (code, times) => {
    await conversation([
      ['server', '220 x'],
      ...turnedDown(`${code} what?`, times),
      ['ends', 'starttls-not-offered'],
      ['server heard', ...names.slice(0, times)],
    ]);
  });
});

describe('empty lines', () => {
  const go: Entry[] = [
    ['server', '220 go'],
    ['ends', 'TLS'],
  ];
  test.each<[string, Entry[]]>([
    ['behind the greeting', [['server', '220 x', ''], ['server hears', names[0]], ...offers]],
    ['before the answer to EHLO', [...greeted, ['server', '', '250-x', '250 STARTTLS'], ['server hears', 'STARTTLS']]],
    ['behind the answer to EHLO', [...greeted, ['server', '250-x', '250 STARTTLS', ''], ['server hears', 'STARTTLS']]],
  ])('%s say nothing', async (_where, script) => {
    await conversation([...script, ...go]);
  });

  test('behind the go-ahead are bytes like any other: left for the caller, who refuses them (21)', async () => {
    await conversation([...greeted, ...offers, ['server', '220 go', ''], ['ends', 'TLS'], ['left', '\r\n']]);
  });

  test.each<[string, Entry[]]>([
    ['in the place of the go-ahead', [...greeted, ...offers, ['server', '', '220 go']]],
    ['in the place of the greeting', [['server', '', '220 x']]],
    ['without end', [['server raw', `220 x\r\n${'\r\n'.repeat(50)}`]]],
  ])('%s are no answer', async (_where, script) => {
    await conversation([...script, ['ends', 'upstream-protocol']]);
  });
});

test('a greeting that has begun is given time, and no other TLS mode is hinted at', async () => {
  const on = await conversation([['server', '220-be patient']]);
  await expect.poll(() => on.awaited.at(-1)).toBe('the rest of its greeting, for longer');
  on.server.say('220-still\r\n220 now\r\n');
  await on.server.line();
  // Only the message for the first of these hints at another TLS mode.
  expect(on.awaited.slice(0, 4)).toEqual([
    'plaintext-greeting',
    'rest-of-greeting',
    ...Array(2).fill('the rest of its greeting, for longer'),
  ]);
});

test('a greeting of several lines inside TLS is passed on whole, however its lines end', async () => {
  for (const [said, heard] of [
    ['220-mail.example\r\n220 ESMTP\r\n', '220-mail.example\\r\\n220 ESMTP'],
    ['220-hi\n220 hi\r\n', '220-hi\\r\\n220 hi'],
  ] as const) {
    await conversation(
      [
        ['server raw', said],
        ['ends', `sign-in ${heard}`],
      ],
      'greet',
    );
  }
});
