/** More forms of a downgrade: other codes, other words, other spellings, lines in other places. */

import { beforeAll, expect, test } from 'vitest';
import type { RefusalReason } from '../../proxy/contract/index.ts';
import type { FakeUpstreamOptions } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { expectRefused, type Required } from './refusal.ts';
import { mark, openStage, type Scene, type Stage, socketsBesideListeners } from './stage.ts';

interface Case extends Scene {
  required: Required;
}

const shown = (text: unknown) => JSON.stringify(text).replaceAll(mark, '…').slice(0, 60);

function form(
  number: number,
  what: string,
  protocol: LineProtocol,
  reason: RefusalReason | RefusalReason[],
  plain: FakeUpstreamOptions['plain'] & object,
  more: Partial<FakeUpstreamOptions> = {},
): Case {
  return {
    name: `${number}: ${what}, ${protocol}`,
    upstream: { protocol, tls: 'starttls', plain, ...more },
    required: { reason },
  };
}

/** A reply to STARTTLS or STLS from a server that had offered it. */
const answered = (number: number, protocol: LineProtocol, reason: RefusalReason, ...replies: string[]) =>
  replies.map((reply) =>
    form(number, `the go-ahead is ${shown(reply)}`, protocol, reason, {
      capabilities: { smtp: ['STARTTLS'], imap: ['IMAP4rev1', 'STARTTLS'], pop3: ['STLS'], nntp: ['STARTTLS'] }[
        protocol
      ],
      starttls: reply,
    }),
  );

const forms: Case[] = [
  // Codes of every class that are not 220, with and without text, in one line and in many.
  ...answered(
    2,
    'smtp',
    'starttls-refused',
    `200 ${mark}\r\n`,
    `211 ${mark}\r\n`,
    `235 ${mark}\r\n`,
    `251 ${mark}\r\n`,
    `334 ${mark}\r\n`,
    `432 ${mark}\r\n`,
    `503 ${mark}\r\n`,
    `504 ${mark}\r\n`,
    `534 5.7.9 ${mark}\r\n`,
    `538 5.7.11 ${mark}\r\n`,
    `554 5.7.3 ${mark}\r\n`,
    '454\r\n',
    `454-4.7.0 TLS not available\r\n454 4.7.0 due to ${mark}\r\n`,
    `501-220 ${mark}\r\n501 220 go\r\n`,
  ),
  ...answered(
    2,
    'smtp',
    'upstream-protocol',
    '220-go\r\n221 bye\r\n',
    '220-go\r\n500 no\r\n',
    '22O go\r\n',
    '0220 go\r\n',
    '220:go\r\n',
    '+220 go\r\n',
    '\xef\xbb\xbf220 go\r\n',
    '\t220 go\r\n',
    '\x120 go\r\n',
    '220 g\0o\r\n',
    '220 g\ro\r\n',
    '220\r go\r\n',
    '２２０ go\r\n',
    '+OK go\r\n',
    'a OK go\r\n',
    'HTTP/1.1 200 OK\r\n',
    '\r\n220 go\r\n',
    '600 go\r\n',
    '100 go\r\n',
    '020 go\r\n',
  ),
  ...answered(8, 'imap', 'starttls-refused', '{tag} no\r\n', '{tag} Bad [CLIENTBUG] x\r\n', '{tag} NO OK go\r\n'),
  ...answered(
    8,
    'imap',
    'upstream-protocol',
    '{tag} OK\tgo\r\n',
    '{tag}\tOK go\r\n',
    '{tag}: OK go\r\n',
    '{tag} OK go\rx\r\n',
    '{tag} OK g\0o\r\n',
    '\0{tag} OK go\r\n',
    '\t{tag} OK go\r\n',
    '{tag} BYE go\r\n',
    '{tag} OK[X] go\r\n',
    '{tag} +OK go\r\n',
    '{tag} 220 go\r\n',
    '+OK go\r\n',
    '220 go\r\n',
    '{tag}',
    '* {tag} OK go\r\n'.replace('* {tag}', '* * {tag}'),
    '{tag} {tag} OK go\r\n',
    '"{tag}" OK go\r\n',
    '\r\n{tag} OK go\r\n',
    '* BAD no\r\n',
    '* OK [CAPABILITY IMAP4rev1] go\r\n',
  ).filter(({ upstream }) => upstream.plain?.starttls !== '{tag}'),
  ...answered(14, 'pop3', 'starttls-refused', '-ERR\r\n', '-ERR [SYS/PERM] no\r\n', '-ERR +OK go\r\n'),
  ...answered(
    14,
    'pop3',
    'upstream-protocol',
    '+OK\tgo\r\n',
    '+Ok go\r\n',
    '+O K go\r\n',
    '++OK go\r\n',
    '-OK go\r\n',
    '-err no\r\n',
    '+OK g\0o\r\n',
    '+OK g\ro\r\n',
    '\0+OK go\r\n',
    '\t+OK go\r\n',
    '+OK:go\r\n',
    '+OK-go\r\n',
    '* OK go\r\n',
    'a OK go\r\n',
    '220 go\r\n',
    '\r\n+OK go\r\n',
    '+ ZGF0YQ==\r\n',
    '+OK go\n',
  ),
  ...answered(2, 'nntp', 'starttls-refused', '580\r\n', '483 382 go\r\n', '599 no\r\n'),
  ...answered(
    2,
    'nntp',
    'upstream-protocol',
    '382:go\r\n',
    '382-go\r\n',
    '382 g\0o\r\n',
    '382 g\ro\r\n',
    '\x0382 go\r\n',
    '\t382 go\r\n',
    '\xef\xbb\xbf382 go\r\n',
    '２８２ go\r\n',
    '\r\n382 go\r\n',
    '220 go\r\n',
    '+OK go\r\n',
    '682 go\r\n',
    '101 list\r\n.\r\n',
    '382 go\n',
  ),

  // What looks like an offer, followed by a refusal.
  ...[
    'starttls-x',
    'START TLS',
    'STARTTLS=1',
    '"STARTTLS"',
    'XCLIENT STARTTLS',
    'STARTTLS\0',
    'ＳＴＡＲＴＴＬＳ',
    'STARTTLS,X',
  ].map((word) =>
    form(7, `${shown(word)} is no offer`, 'smtp', word.includes('\0') ? 'upstream-protocol' : 'starttls-not-offered', {
      capabilities: [word],
      starttls: '502 no\r\n',
    }),
  ),
  ...['STARTTLS2', 'X-STARTTLS', 'STARTTLS=NO', 'NO-STARTTLS', 'LOGINDISABLED'].map((word) =>
    form(9, `${shown(word)} is no offer`, 'imap', 'starttls-not-offered', {
      capabilities: ['IMAP4rev1', word],
      starttls: '{tag} NO no\r\n',
    }),
  ),
  ...['STLS2', 'X-STLS', 'IMPLEMENTATION STLS', 'STARTTLS', 'STLS=NO'].map((word) =>
    form(14, `${shown(word)} is no offer`, 'pop3', 'starttls-not-offered', {
      capabilities: [word],
      starttls: '-ERR no\r\n',
    }),
  ),
  ...['STARTTLS2', 'X-STARTTLS', 'IMPLEMENTATION STARTTLS', 'STARTTLS=NO', 'STLS'].map((word) =>
    form(7, `${shown(word)} is no offer`, 'nntp', 'starttls-not-offered', {
      capabilities: ['VERSION 2', 'READER', word],
      starttls: '580 no\r\n',
    }),
  ),
  form(7, 'the offer stands in the greeting, and in the first line of the list', 'nntp', 'starttls-not-offered', {
    greeting: '200 STARTTLS\r\n',
    capabilities: '101 STARTTLS\r\nVERSION 2\r\n.\r\n',
    starttls: '580 no\r\n',
  }),
  form(7, 'the offer stands in the first line, where the host belongs', 'smtp', 'starttls-not-offered', {
    capabilities: '250-STARTTLS\r\n250 SIZE\r\n',
    starttls: '502 no\r\n',
  }),
  form(7, 'the offer stands in a greeting', 'smtp', 'starttls-not-offered', {
    greeting: '220-STARTTLS\r\n220 ESMTP STARTTLS\r\n',
    capabilities: ['SIZE'],
    starttls: '502 no\r\n',
  }),

  // EHLO.
  ...[501, 504, 530, 550, 555].map((code) =>
    // All but 504 say nothing about encryption.
    form(
      3,
      `EHLO is answered ${code} in two lines`,
      'smtp',
      code === 504 ? 'starttls-not-offered' : 'upstream-protocol',
      {
        capabilities: `${code}-no\r\n${code} ${mark}\r\n`,
      },
    ),
  ),
  ...['200 a', '211 a', '221 a', '235 a', '334 a', '450 a', '452 a', '250-a\r\n250-\r\n250-b\r\n251 c'].map((reply) =>
    form(4, `EHLO is answered ${shown(reply)}`, 'smtp', 'upstream-protocol', { capabilities: `${reply}\r\n` }),
  ),
  ...[
    '250-a\r\n220 b',
    '250-a\r\n250_b\r\n250 c',
    '250-a\r\n 250 b',
    '250-a\r\n\r\n250 b',
    '250-a\r\n25 b',
    '250-a\r\n+OK',
    '250-a\r\n550-b\r\n250 c',
  ].map((reply) =>
    form(6, `EHLO is answered ${shown(reply)}`, 'smtp', 'upstream-protocol', { capabilities: `${reply}\r\n` }),
  ),
  form(6, 'a NUL inside a line of EHLO', 'smtp', 'upstream-protocol', { capabilities: '250-a\r\n250 STARTTLS\0\r\n' }),
  form(6, 'a bare line feed inside EHLO', 'smtp', 'upstream-protocol', { capabilities: '250-a\n250 STARTTLS\r\n' }),

  // Greetings.
  ...(
    [
      ['smtp', '220\thi\r\n'],
      ['smtp', '220 hi\n'],
      ['smtp', '120 hi\r\n'],
      ['smtp', '221 bye\r\n'],
      ['smtp', '235 you are in\r\n'],
      ['smtp', '354 go\r\n'],
      ['smtp', '420-x\r\n421 y\r\n'],
      ['smtp', '220-a\r\n221 b\r\n'],
      ['smtp', '* OK hi\r\n'],
      ['smtp', '+OK hi\r\n'],
      ['smtp', '\0\0\0\0\r\n'],
      ['smtp', 'SSH-2.0-OpenSSH\r\n'],
      ['smtp', 'RFB 003.008\n'],
      ['imap', '* OK\thi\r\n'],
      ['imap', '*OK hi\r\n'],
      ['imap', '** OK hi\r\n'],
      ['imap', '* OK hi\n'],
      ['imap', '* BYE\r\n* OK hi\r\n'],
      ['imap', '* OK g\0o\r\n'],
      ['imap', '220 hi\r\n'],
      ['imap', '+OK hi\r\n'],
      ['imap', '* 5 EXISTS\r\n'],
      ['imap', '* XOK hi\r\n'],
      ['pop3', '+OK\thi\r\n'],
      ['pop3', '+OK hi\n'],
      ['pop3', '+OK g\0o\r\n'],
      ['pop3', '-ERR [IN-USE] x\r\n'],
      ['pop3', '-ERR [LOGIN-DELAY] x\r\n'],
      ['pop3', '220 hi\r\n'],
      ['pop3', '* OK hi\r\n'],
      ['pop3', ' +OK hi\r\n'],
      ['nntp', '200\thi\r\n'],
      ['nntp', '200 hi\n'],
      ['nntp', '200 g\0o\r\n'],
      ['nntp', '480 sign in first\r\n'],
      ['nntp', '281 welcome\r\n'],
      ['nntp', '+OK hi\r\n'],
      ['nntp', ' 200 hi\r\n'],
    ] as [LineProtocol, string][]
  ).flatMap(([protocol, greeting]) =>
    // Inside TLS a greeting may end in LF alone, and a tab may be SMTP's blank: there it is certain who sent it.
    (greeting.endsWith(' hi\n') || greeting.startsWith('220\t')
      ? (['starttls'] as const)
      : (['starttls', 'implicit'] as const)
    ).map(
      (tls): Case => ({
        name: `${protocol === 'imap' ? 11 : 5}: the greeting ${shown(greeting)}, ${protocol}, ${tls}`,
        upstream: { protocol, tls, ...(tls === 'starttls' ? { plain: { greeting } } : { inside: { greeting } }) },
        required: { reason: 'upstream-protocol' },
      }),
    ),
  ),
  ...['* PREAUTH\r\n', '* PreAuth [ALERT] x\r\n', '* PREAUTH [REFERRAL imap://evil.example/] x\r\n'].map((greeting) =>
    form(10, `the greeting ${shown(greeting)}`, 'imap', 'preauth-before-tls', { greeting }),
  ),

  // Which TLS mode the port expects.
  ...lineProtocols.map(
    (protocol): Case => ({
      name: `18: a whole TLS record on a port for STARTTLS, ${protocol}`,
      upstream: { protocol, tls: 'starttls', plain: { greeting: Buffer.from('160303000400000000', 'hex') } },
      required: { reason: 'upstream-protocol', says: /At once/ },
    }),
  ),
  ...lineProtocols.map(
    (protocol): Case => ({
      name: `18: text in place of a handshake, in plaintext behind our hello, ${protocol}`,
      upstream: { protocol, tls: 'implicit', handshake: { reply: `${mark}: what?\r\n` } },
      required: { lookedAgain: true, reason: 'tls-handshake-failed', says: /After a greeting/ },
    }),
  ),
  ...(['10', '14', '16', '28', '2a', '30', '46', '50', '70', '78'] as const).map(
    (alert): Case => ({
      name: `17: the TLS alert ${Number.parseInt(alert, 16)}, smtp`,
      upstream: { protocol: 'smtp', tls: 'implicit', handshake: { reply: Buffer.from(`150303000202${alert}`, 'hex') } },
      // OpenSSL does not report an alert that it does not know (16): the deadline then ends the attempt.
      required: {
        reason: [
          'tls-handshake-failed',
          'weak-cipher',
          'tls-too-old',
          ...(alert === '10' ? (['upstream-timeout'] as const) : []),
        ],
        tookNoPart: true,
      },
    }),
  ),
];

const untilTheDeadline = forms.filter(({ required }) => [required.reason].flat().includes('upstream-timeout'));

let stage: Stage;
/** Its deadline is soon over. */
let hasty: Stage;
beforeAll(async () => {
  stage = await openStage(forms.filter((one) => !untilTheDeadline.includes(one)));
  hasty = await openStage(untilTheDeadline, { connectTimeoutSeconds: 4 });
});

test.each(forms.map((one) => [one.name, one] as const))('%s', (_name, one) =>
  expectRefused(untilTheDeadline.includes(one) ? hasty : stage, one, one.required),
);

test('64: nothing is left open behind all of this', async () => {
  for (const each of [stage, hasty]) await expect.poll(() => socketsBesideListeners(each)).toBeLessThan(12);
});
