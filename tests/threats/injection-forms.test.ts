/** More forms of an injection: other bytes, other places, other segments; and misleading replies during sign-in. */

import { beforeAll, expect, test } from 'vitest';
import type { FakeUpstreamOptions } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectRefused, expectRefusedAtSignIn, type Required } from './refusal.ts';
import { expectHonest, mark, openStage, type Scene, type Stage, socketsBesideListeners, welcome } from './stage.ts';

interface Case extends Scene {
  required: Required;
}

const shown = (text: unknown) => JSON.stringify(text).replaceAll(mark, '…').slice(0, 60);
const goAhead: Record<LineProtocol, string> = {
  smtp: '220 go\r\n',
  imap: '{tag} OK go\r\n',
  pop3: '+OK go\r\n',
  nntp: '382 go\r\n',
};

const behind: Case[] = lineProtocols.flatMap((protocol) =>
  (
    [
      [
        'a second go-ahead',
        { smtp: '220 go\r\n', imap: 'P0 OK go\r\n', pop3: '+OK go\r\n', nntp: '382 go\r\n' }[protocol],
      ],
      ['a blank', ' '],
      ['a line feed', '\n'],
      ['a carriage return', '\r'],
      ['the first byte of a TLS record', Buffer.from([0x16])],
      ['a TLS alert', Buffer.from('15030300020100', 'hex')],
      ['a TLS record of application data', Buffer.from('170303000141', 'hex')],
      [
        'an end of the session',
        { smtp: '221 bye\r\n', imap: '* BYE\r\n', pop3: '-ERR bye\r\n', nntp: '400 bye\r\n' }[protocol],
      ],
      [
        'capabilities',
        {
          smtp: '250-a\r\n250 AUTH PLAIN\r\n',
          imap: '* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n',
          pop3: '+OK\r\nSASL PLAIN\r\n.\r\n',
          nntp: '101 list\r\nVERSION 2\r\nAUTHINFO USER\r\n.\r\n',
        }[protocol],
      ],
      [
        'a sign-in that is granted',
        { smtp: '235 welcome\r\n', imap: '* PREAUTH welcome\r\n', pop3: '+OK welcome\r\n', nntp: '281 welcome\r\n' }[
          protocol
        ],
      ],
      ['text in UTF-8', 'gr\xc3\xbc\xc3\x9fe\r\n'],
      ['300 KiB', Buffer.alloc(300 * 1024, 'x')],
    ] as [string, string | Uint8Array][]
  ).flatMap(([what, bytes]) => [
    {
      name: `21: ${what} behind the go-ahead, ${protocol}`,
      upstream: { protocol, tls: 'starttls' as const, plain: { starttls: goAhead[protocol], behind: bytes } },
      required: { reason: 'plaintext-after-starttls' as const },
    },
  ]),
);
/**
 * Byte by byte: some bytes may arrive before our ClientHello has left, and some after it. Those after it may be too few to
 * tell from an alert, so the smaller hello may be tried.
 */
const trickled: Case[] = lineProtocols.map((protocol) => ({
  name: `22: a line behind the go-ahead, each byte in a segment of its own, ${protocol}`,
  upstream: { protocol, tls: 'starttls', segment: 1, plain: { starttls: goAhead[protocol], behind: `${mark}\r\n` } },
  required: { reason: ['plaintext-after-starttls', 'tls-handshake-failed'], tookNoPart: true },
}));
const later: Case[] = lineProtocols.flatMap((protocol) =>
  [
    { smtp: '220 go\r\n', imap: '* OK go\r\n', pop3: '+OK go\r\n', nntp: '382 go\r\n' }[protocol],
    {
      smtp: '250 AUTH PLAIN\r\n',
      imap: '* CAPABILITY IMAP4rev1\r\n',
      pop3: '+OK\r\nUSER\r\n.\r\n',
      nntp: '101\r\n.\r\n',
    }[protocol],
    `HTTP/1.1 400 ${mark}\r\n\r\n`,
    '\xff\xff\xff',
  ].map((bytes) => ({
    name: `22: ${shown(bytes)} in a segment after the go-ahead, ${protocol}`,
    upstream: { protocol, tls: 'starttls' as const, plain: { starttls: goAhead[protocol], later: bytes } },
    required: { reason: 'tls-handshake-failed' as const },
  })),
);

const early: Case[] = [
  ...['* OK', '* BAD x', '* BYE x', 'P0 OK\r\nP1 OK', '+', '* PREAUTH', 'x', '* OK [CAPABILITY IMAP4rev1 STARTTLS'].map(
    (line): Case => ({
      name: `23: ${shown(line)} before it was asked for, imap`,
      upstream: { protocol: 'imap', tls: 'starttls', plain: { greeting: `* OK hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['b OK go', '* PREAUTH go', '* BYE go', '+ go', '* OK go', '* NO go', '* BAD go', mark].map(
    (line): Case => ({
      name: `23: ${shown(line)} before the go-ahead, imap`,
      upstream: { protocol: 'imap', tls: 'starttls', plain: { starttls: `${line}\r\n{tag} OK go\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['250-a', '220', '250 a\r\n250 b', ' ', '\r', '2', '421 bye', '\0'].map(
    (line): Case => ({
      name: `23: ${shown(line)} behind the greeting, smtp`,
      upstream: { protocol: 'smtp', tls: 'starttls', plain: { greeting: `220 hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['+OK', '.', '+OK\r\nSTLS\r\n.', ' ', '\r', '\0'].map(
    (line): Case => ({
      name: `23: ${shown(line)} behind the greeting, pop3`,
      upstream: { protocol: 'pop3', tls: 'starttls', plain: { greeting: `+OK hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['382', '101', '.', '205 bye', ' ', '\r', '\0'].map(
    (line): Case => ({
      name: `23: ${shown(line)} behind the greeting, nntp`,
      upstream: { protocol: 'nntp', tls: 'starttls', plain: { greeting: `200 hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
];

const inside: Case[] = [
  // How capabilities are requested inside TLS, and the wrong replies to that.
  ...['382 go\r\n', '200 hi\r\n', '101 x\n.\r\n', '101 g\0o\r\n.\r\n', '10 x\r\n', `${mark}\r\n`].map(
    (reply): Case => ({
      name: `23: ${shown(reply)} to CAPABILITIES inside TLS, nntp`,
      upstream: { protocol: 'nntp', tls: 'starttls', inside: { capabilities: reply } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...[
    `* BYE ${mark}\r\n`,
    '* PREAUTH hi\r\n',
    'a OK done\r\n',
    '+ go\r\n',
    `${mark}\r\n`,
    '* CAPABILITY IMAP4rev1\r\nb OK done\r\n',
    '{tag} OK done\n',
    '* OK g\0o\r\n{tag} OK\r\n',
    '\r\n{tag} OK\r\n',
    '* CAPABILITY {5}\r\n12345\r\n{tag}OK\r\n',
  ].map(
    (reply): Case => ({
      name: `23: ${shown(reply)} to CAPABILITY inside TLS, imap`,
      upstream: { protocol: 'imap', tls: 'starttls', inside: { capabilities: reply } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...lineProtocols.flatMap((protocol) =>
    [
      `HTTP/2.0 200 ${mark}\r\n`,
      'HTTP/1.0 302 Found\r\nLocation: imap://evil.example/\r\n\r\n',
      '<!DOCTYPE html>\r\n',
      '{"error":"no"}\r\n',
      '\x16\x03\x03\x00\x02\r\n',
      'EHLO me\r\n',
      'NICK x\r\n',
      `\xef\xbb\xbf${{ smtp: '220 hi', imap: '* OK hi', pop3: '+OK hi', nntp: '200 hi' }[protocol]}\r\n`,
      ` ${{ smtp: '220 hi', imap: '* OK hi', pop3: '+OK hi', nntp: '200 hi' }[protocol]}\r\n`,
      `${{ smtp: '220 h\ri', imap: '* OK h\ri', pop3: '+OK h\ri', nntp: '200 h\ri' }[protocol]}\n`,
      `${{ smtp: '220 h\0i', imap: '* OK h\0i', pop3: '+OK h\0i', nntp: '200 h\0i' }[protocol]}\r\n`,
    ].map(
      (greeting): Case => ({
        name: `31: ${shown(greeting)} as the greeting inside TLS, ${protocol}`,
        upstream: { protocol, tls: 'implicit', inside: { greeting } },
        required: { reason: 'upstream-protocol' },
      }),
    ),
  ),
];

interface Lure extends Scene {
  commands: string[];
}

/** The server says this in reply to the command that matches. */
function lure(protocol: LineProtocol, commands: string[], at: RegExp, says: string): Lure {
  return {
    name: `32: ${shown(says)} to ${shown(commands.at(-1))}, ${protocol}`,
    commands,
    upstream: {
      protocol,
      tls: 'implicit',
      answer: (line) => (at.test(line) ? says : undefined),
    } satisfies Partial<FakeUpstreamOptions> as Scene['upstream'],
  };
}
const lures: Lure[] = [
  ...[
    '* PREAUTH hi\r\n{tag} OK done\r\n',
    'x OK done\r\n{tag} OK done\r\n',
    '{tag} OKAY\r\n',
    '{tag}\r\n',
    '220 hi\r\n',
    '+OK hi\r\n',
    '{tag} OK g\0o\r\n',
    '{tag} PREAUTH\r\n',
    '{tag}\tOK\r\n',
    ' {tag} OK\r\n',
    'A OK done\r\n',
    `HTTP/1.1 200 ${mark}\r\n`,
    '+ AAAA\r\n{tag} OK\r\n',
  ].map((says) => lure('imap', ['a LOGIN user pw'], /LOGIN/, says)),
  ...['+ go\r\n+ go\r\n', '{tag} OK done\r\nb OK done\r\n']
    .slice(0, 1)
    .map((says) => lure('imap', ['a LOGIN user {2+}\r\npw'], /LOGIN/, says)),
  ...[
    '334-a\r\n235 b\r\n',
    '235-a\r\n535 b\r\n',
    '2 35 a\r\n',
    '+OK a\r\n',
    'a OK a\r\n',
    '235\ta\r\n',
    '\r\n235 a\r\n',
    '235 g\0o\r\n',
    '235 a\rb\r\n',
    '1235 a\r\n',
    '600 a\r\n',
    `<html>${mark}\r\n`,
  ].map((says) => lure('smtp', ['AUTH PLAIN AHUAcA=='], /^AUTH/, says)),
  ...[
    '+ok a\r\n',
    '+OK\ta\r\n',
    '235 a\r\n',
    'a OK a\r\n',
    '\r\n+OK a\r\n',
    '+OK g\0o\r\n',
    '+OK a\rb\r\n',
    '+\r\n',
    `<html>${mark}\r\n`,
  ].map((says) => lure('pop3', ['USER user', 'PASS pw'], /^PASS/, says)),
  ...[
    '382 go\r\n',
    '281\ta\r\n',
    '+OK a\r\n',
    '235 a\r\n',
    '\r\n281 a\r\n',
    '281 g\0o\r\n',
    '281 a\rb\r\n',
    '28\r\n',
    `<html>${mark}\r\n`,
  ].map((says) => lure('nntp', ['AUTHINFO USER user', 'AUTHINFO PASS pw'], /^AUTHINFO PASS/, says)),
  ...['382 go\r\n', '383 x\r\n', '281 a\n', '38\r\n'].map((says) =>
    lure('nntp', ['AUTHINFO USER user'], /^AUTHINFO USER/, says),
  ),
];

const twins: Scene[] = lineProtocols.map((protocol) => ({
  name: `honest: 21 to 32: ${protocol}`,
  upstream: { protocol, tls: 'starttls' },
}));
/** Inside TLS it is certain who sent the greeting, however its line ends. */
const oddEnds: Scene[] = lineProtocols.flatMap((protocol) =>
  ['\n', '\r\r\n'].map((end) => ({
    name: `honest: 31: a greeting inside TLS that ends in ${JSON.stringify(end)}, ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit' as const,
      inside: { greeting: `${{ smtp: '220 hi', imap: '* OK hi', pop3: '+OK hi', nntp: '200 hi' }[protocol]}${end}` },
    },
  })),
);
const refused = [...behind, ...trickled, ...later, ...early, ...inside];

/** Lies about its capabilities, inside TLS and after a failed sign-in. */
const liar: Scene = {
  name: '25: a referral and capabilities that do not concern the mail program',
  upstream: {
    protocol: 'imap',
    tls: 'implicit',
    inside: {
      greeting: '* OK [CAPABILITY IMAP4rev1 STARTTLS LOGIN-REFERRALS AUTH=SCRAM-SHA-256-PLUS AUTH=PLAIN] hi\r\n',
    },
    answer: (line) =>
      / NOOP$/.test(line)
        ? '* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=X-PLUS] x\r\n* CAPABILITY IMAP4rev1 starttls login-referrals\r\n* BAD [REFERRAL imap://[2001:db8::1]/] gone\r\n{tag} OK [REFERRAL imap://evil.example/;AUTH=*] there\r\n'
        : undefined,
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([...refused, ...lures, ...twins, ...oddEnds, liar]);
});

test.each(refused.map((one) => [one.name, one] as const))('%s', (_name, one) =>
  expectRefused(stage, one, one.required),
);

test.each(lures.map((one) => [one.name, one] as const))('%s', (_name, one) =>
  expectRefusedAtSignIn(stage, one, one.commands, 'upstream-protocol'),
);

test.each([...twins, ...oddEnds].map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  (await expectHonest(stage, one)).finish();
  expect((await stage.snapshot()).tables.relays[stage.on(one).relay]).toMatchObject({ lastRefusal: null });
});

test('12, 25: referrals and capabilities that do not concern the mail program are never shown, wherever they stand', async () => {
  const client = await RawClient.connect(stage.on(liar).port);
  expect(await client.line()).toMatch(welcome.imap);
  expect((await client.imap('a NOOP')).at(-1)).toMatch(/^a OK/);
  const heard = client.received.toString('latin1');
  expect(heard).not.toMatch(/STARTTLS|REFERRAL|-PLUS|evil|2001:db8/i);
  expect(heard).toContain('AUTH=PLAIN');
  client.finish();
  await client.ended;
});

test('64: nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
});
