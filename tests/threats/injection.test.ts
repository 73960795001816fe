/** Someone on the connection's path, or the mail program, slips in what was not asked for. */

import { once } from 'node:events';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FakeUpstreamOptions } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { RawClient } from '../support/raw-client.ts';
import { expectNothingLost, expectRefused, expectRefusedAtSignIn, holdsSecret, type Required } from './refusal.ts';
import {
  blamesThePassword,
  expectHonest,
  mark,
  openStage,
  password,
  type Scene,
  type Stage,
  signIn,
  socketsBesideListeners,
  user,
  welcome,
} from './stage.ts';

interface Case extends Scene {
  required: Required;
}

const goAhead: Record<LineProtocol, string> = {
  smtp: '220 go\r\n',
  imap: '{tag} OK go\r\n',
  pop3: '+OK go\r\n',
  nntp: '382 go\r\n',
};

/** The start of a TLS record, and a plausible whole ServerHello. */
const recordStart = Buffer.from('160303', 'hex');
const serverHello = Buffer.concat([
  Buffer.from('160303002a020000260303', 'hex'),
  Buffer.alloc(32, 7),
  Buffer.from('00130100', 'hex'),
]);

const behind: Case[] = lineProtocols.flatMap((protocol) =>
  (
    [
      ['one byte', 'x'],
      ['half a line', `${mark} `],
      [
        'a whole line',
        { smtp: `250 ${mark}\r\n`, imap: `* OK ${mark}\r\n`, pop3: `+OK ${mark}\r\n`, nntp: `200 ${mark}\r\n` }[
          protocol
        ],
      ],
      ['a line end', '\r\n'],
      ['one NUL', '\0'],
      [
        'the reply to the next command',
        { smtp: '250-x\r\n250 AUTH PLAIN\r\n', imap: 'a OK x\r\n', pop3: '+OK x\r\n', nntp: '101 x\r\n.\r\n' }[
          protocol
        ],
      ],
      ['the start of a TLS record', recordStart],
      ['a whole ServerHello', serverHello],
      ['64 KiB', 'x'.repeat(65_536)],
    ] as [string, string | Uint8Array][]
  ).map(([what, bytes]) => ({
    name: `21: ${what} behind the go-ahead, ${protocol}`,
    upstream: { protocol, tls: 'starttls', plain: { starttls: goAhead[protocol], behind: bytes } },
    required: { reason: 'plaintext-after-starttls' },
  })),
);

const later: Case[] = lineProtocols.flatMap((protocol) =>
  ['x', `${mark}\r\n`, '\r\n', '\0'].map((bytes) => ({
    name: `22: ${JSON.stringify(bytes.replace(mark, '…'))} in a segment after the go-ahead, ${protocol}`,
    upstream: { protocol, tls: 'starttls', plain: { starttls: goAhead[protocol], later: bytes } },
    required: { reason: 'tls-handshake-failed' },
  })),
);

const unasked: Case[] = [
  ...[
    'a OK go',
    'P0123456789abcdef OK go',
    '* OK go',
    '* OK [CAPABILITY IMAP4rev1] go',
    '* NO go',
    '* BYE',
    '+ go',
    '* PREAUTH go',
    mark,
  ].map(
    (line): Case => ({
      name: `23: ${line.replace(mark, 'junk')} before it was asked for, imap`,
      upstream: { protocol: 'imap', tls: 'starttls', plain: { greeting: `* OK hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['250 x', '250-x\r\n250 STARTTLS\r\n220 go', '220 go', '500 x', mark].map(
    (line): Case => ({
      name: `23: ${JSON.stringify(line.replace(mark, 'junk'))} before it was asked for, smtp`,
      upstream: { protocol: 'smtp', tls: 'starttls', plain: { greeting: `220 hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['250 x\r\n220 go\r\n', '250-x\r\n250 STARTTLS\r\n220 go\r\n', '250 x\r\n2'].map(
    (reply): Case => ({
      name: `23: ${JSON.stringify(reply)} to EHLO alone, smtp`,
      upstream: { protocol: 'smtp', tls: 'starttls', plain: { capabilities: reply } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['+OK go', '-ERR no', mark].map(
    (line): Case => ({
      name: `23: ${line.replace(mark, 'junk')} before it was asked for, pop3`,
      upstream: { protocol: 'pop3', tls: 'starttls', plain: { greeting: `+OK hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['382 go', '101 list\r\nSTARTTLS\r\n.\r\n382 go', '200 again', '400 bye', mark].map(
    (line): Case => ({
      name: `23: ${JSON.stringify(line.replace(mark, 'junk'))} before it was asked for, nntp`,
      upstream: { protocol: 'nntp', tls: 'starttls', plain: { greeting: `200 hi\r\n${line}\r\n` } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
  ...['101 x\r\nSTARTTLS\r\n.\r\n382 go\r\n', '500 x\r\n200 hi\r\n382 go\r\n'].map(
    (reply): Case => ({
      name: `4, 23: ${JSON.stringify(reply)} to CAPABILITIES alone, nntp`,
      upstream: { protocol: 'nntp', tls: 'starttls', plain: { capabilities: reply } },
      required: { reason: 'upstream-protocol' },
    }),
  ),
];

const http: Case[] = lineProtocols.flatMap((protocol) =>
  [`HTTP/1.1 400 ${mark}\r\nServer: x\r\n\r\n`, '<html>\r\n', 'SSH-2.0-x\r\n', '\0\0\0\0\r\n', '\r\n'].map((text) => ({
    name: `31: ${JSON.stringify(text.slice(0, 12))} inside TLS, ${protocol}`,
    upstream: { protocol, tls: 'implicit', inside: { greeting: text } },
    required: { reason: 'upstream-protocol' },
  })),
);
const httpBehindStartTls: Case = {
  name: '31: HTTP inside TLS behind STARTTLS, imap',
  upstream: {
    protocol: 'imap',
    tls: 'starttls',
    inside: { capabilities: `HTTP/1.1 400 ${mark}\r\n\r\n` },
  },
  required: { reason: 'upstream-protocol' },
};

const data = [
  `* LIST (\\Noselect) "/" ${mark}`,
  `* STATUS INBOX (MESSAGES 1)`,
  '* SEARCH 1 2 3',
  '* FLAGS (\\Seen)',
  '* 23 EXISTS',
  '* 1 EXPUNGE',
  `* 1 FETCH (BODY[] "${mark}")`,
  `* 1 FETCH (BODY[] {10}\r\n0123456789)`,
  `* OK [ALERT] ${mark}`,
  `* NO [ALERT] ${mark}`,
].join('\r\n');
const dataBefore: Scene[] = [
  {
    name: '24: data behind the greeting',
    upstream: { protocol: 'imap', tls: 'starttls', plain: { greeting: `* OK hi\r\n${data}\r\n` } },
  },
  {
    name: '24: data before the answer to STARTTLS',
    upstream: { protocol: 'imap', tls: 'starttls', plain: { starttls: `${data}\r\n{tag} OK go\r\n` } },
  },
];

const differing: Scene[] = [
  {
    name: '25: capabilities before TLS, imap',
    upstream: {
      protocol: 'imap',
      tls: 'starttls',
      plain: { capabilities: ['IMAP4rev1', 'STARTTLS', mark, 'AUTH=EVIL', 'LOGINDISABLED'] },
      inside: { capabilities: ['IMAP4rev1', 'AUTH=PLAIN', 'XINSIDE', 'STARTTLS', 'AUTH=SCRAM-SHA-1-PLUS'] },
    },
  },
  {
    name: '25: capabilities before TLS, smtp',
    upstream: {
      protocol: 'smtp',
      tls: 'starttls',
      plain: { capabilities: ['STARTTLS', mark, 'AUTH EVIL', 'PIPELINING'] },
      inside: { capabilities: ['XINSIDE', 'STARTTLS', 'AUTH PLAIN SCRAM-SHA-1-PLUS'] },
    },
  },
  {
    name: '25: capabilities before TLS, pop3',
    upstream: {
      protocol: 'pop3',
      tls: 'starttls',
      plain: { capabilities: ['STLS', mark, 'SASL EVIL', 'PIPELINING'] },
      inside: { capabilities: ['XINSIDE', 'STLS', 'USER', 'SASL PLAIN SCRAM-SHA-1-PLUS'] },
    },
  },
  {
    name: '25: capabilities before TLS, nntp',
    upstream: {
      protocol: 'nntp',
      tls: 'starttls',
      plain: { capabilities: ['VERSION 2', 'STARTTLS', mark, 'SASL EVIL', 'PIPELINING'] },
      inside: { capabilities: ['VERSION 2', 'POST', 'XINSIDE', 'STARTTLS', 'SASL PLAIN SCRAM-SHA-1-PLUS'] },
    },
  },
];

const twins: Scene[] = lineProtocols.flatMap((protocol) =>
  (['implicit', 'starttls'] as const).map(
    (tls): Scene => ({
      name: `honest: 21 to 32: ${protocol} ${tls}`,
      upstream: { protocol, tls, ...(tls === 'starttls' ? { plain: {}, segment: 1 } : {}) },
    }),
  ),
);
/** Records everything from the sign-in on, and echoes it. */
const echo: Record<LineProtocol, Scene> = Object.fromEntries(
  lineProtocols.map((protocol) => [
    protocol,
    {
      name: `echo ${protocol}`,
      upstream: {
        protocol,
        tls: 'implicit',
        async signedIn({ stream, socket }) {
          const over = once(socket, 'close');
          socket.write(stream.detach());
          socket.pipe(socket);
          await over;
        },
      } satisfies Scene['upstream'],
    },
  ]),
) as never;

const tagged: (Scene & { reply: string })[] = (
  [
    ['imap', 'a OK LOGIN done\r\n'],
    ['imap', '* OK hm\r\na OK LOGIN done\r\n'],
    ['imap', 'a NO [AUTHENTICATIONFAILED] no\r\n'],
    ['imap', '+ go on\r\n'],
    ['imap', '* PREAUTH hi\r\n'],
    ['smtp', '250 x\r\n'],
    ['smtp', '235 welcome\r\n'],
    ['smtp', '334 \r\n'],
    ['pop3', '+OK go on\r\n'],
    ['pop3', '+OK go on\r\n+OK welcome\r\n'],
    ['pop3', '+ \r\n'],
    ['nntp', '381 and the password?\r\n'],
    ['nntp', '381 and?\r\n281 welcome\r\n'],
    ['nntp', '101 list\r\n.\r\n'],
    ['nntp', '480 sign in\r\n'],
  ] as const
).map(([protocol, reply]) => ({
  name: `32: ${JSON.stringify(reply)} before the sign-in, ${protocol}`,
  reply,
  upstream: {
    protocol,
    tls: 'implicit',
    inside: {
      greeting: `${{ smtp: '220 hi', imap: '* OK hi', pop3: '+OK hi', nntp: '200 hi' }[protocol]}\r\n${reply}`,
    },
  },
}));

/** The server replies to a sign-in with something that does not belong in one: it asks for more, or claims success. */
const lures: (Scene & { says: string; last: string })[] = (
  [
    ['imap', '+ the password again, please\r\n', 'a LOGIN user pw'],
    ['imap', '* PREAUTH welcome\r\n', 'a LOGIN user pw'],
    ['imap', 'b OK welcome\r\n', 'a LOGIN user pw'],
    ['imap', '{tag} OK welcome\rx\r\n', 'a LOGIN user pw'],
    ['imap', '{tag} OK welcome\n', 'a LOGIN user pw'],
    ['imap', '{tag} BYE\r\n', 'a LOGIN user pw'],
    ['smtp', '235-welcome\r\n334 cGFzcw==\r\n', 'AUTH PLAIN AHUAcA=='],
    ['smtp', '250 a\r235 b\r\n', 'AUTH PLAIN AHUAcA=='],
    ['smtp', '235 a\n', 'AUTH PLAIN AHUAcA=='],
    ['smtp', '1\0' + '35 a\r\n', 'AUTH PLAIN AHUAcA=='],
    ['pop3', '+ the password again, please\r\n', 'PASS pw'],
    ['pop3', '+OKAY\r\n', 'PASS pw'],
    ['pop3', '+OK a\n', 'PASS pw'],
    ['nntp', '381 the password again, please\r\n', 'AUTHINFO PASS pw'],
    ['nntp', '383 cGFzcw==\r\n', 'AUTHINFO PASS pw'],
    ['nntp', '2810 a\r\n', 'AUTHINFO PASS pw'],
    ['nntp', '281 a\n', 'AUTHINFO PASS pw'],
  ] as const
).map(([protocol, says, last]) => ({
  name: `32: ${JSON.stringify(says)} to the sign-in, ${protocol}`,
  says,
  last,
  upstream: {
    protocol,
    tls: 'implicit',
    answer: (line) => (/^(?:AUTH|PASS|AUTHINFO PASS|\w+ LOGIN)\b/.test(line) ? says : undefined),
  } satisfies Partial<FakeUpstreamOptions> as Scene['upstream'],
}));

/** Grants an article without a sign-in, and TLS again inside TLS, against RFC 4642 §2.2.2. */
const grantsAgain: Scene = {
  name: '27: a news server that grants TLS again',
  upstream: {
    protocol: 'nntp',
    tls: 'starttls',
    answer: (line, { stage }) =>
      stage === 'plain'
        ? undefined
        : { 'ARTICLE 1': '220 1 <a@b>\r\n\r\ntext\r\n.\r\n', STARTTLS: '382 go on\r\n' }[line],
  },
};

const refused = [...behind, ...later, ...unasked, ...http, httpBehindStartTls];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([
    ...refused,
    ...dataBefore,
    ...differing,
    ...twins,
    ...Object.values(echo),
    ...tagged,
    ...lures,
    grantsAgain,
  ]);
});

test.each(refused.map((one) => [one.name, one] as const))('%s', (_name, one) =>
  expectRefused(stage, one, one.required),
);

test.each(twins.map((one) => [one.name, one] as const))('%s, even in segments of one byte', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const { relay } = stage.on(one);
  expect((await stage.snapshot()).tables.relays[relay]).toMatchObject({ lastRefusal: null });
  client.finish();
});

test.each(dataBefore.map((one) => [one.name, one] as const))('%s is dropped, never shown', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const heard = client.received.toString('latin1');
  expect(heard).not.toContain(mark);
  expect(heard).not.toMatch(/LIST|STATUS|SEARCH|FLAGS|EXISTS|EXPUNGE|FETCH|ALERT/);
  client.finish();
});

test.each(differing.map((one) => [one.name, one] as const))(
  '%s do not count: asked again inside',
  async (_name, one) => {
    const { protocol } = one.upstream;
    const { port, upstream } = stage.on(one);
    const client = await RawClient.connect(port);
    const greeting = await client.line();
    expect(greeting).toMatch(welcome[protocol]);
    const list =
      protocol === 'smtp'
        ? await client.smtp('EHLO me')
        : protocol === 'imap'
          ? await client.imap('a CAPABILITY')
          : await client.pop3Lines(protocol === 'nntp' ? 'CAPABILITIES' : 'CAPA');
    const shown = [greeting, ...list].join('\n');
    expect(shown).toContain('XINSIDE');
    expect(shown).toContain('PLAIN');
    expect(shown).not.toMatch(new RegExp(`${mark}|EVIL|LOGINDISABLED|PIPELINING|STARTTLS|STLS|-PLUS`));
    expect((await upstream.connection(0)).inside().toString()).toMatch(/EHLO|CAPA/);
    client.finish();
  },
);

describe('27: the mail program asks for TLS by itself', () => {
  const forms: Record<LineProtocol, string[]> = {
    smtp: ['STARTTLS', 'starttls', 'STARTTLS ', 'StartTLS x', ' STARTTLS', 'STARTTLS\t'],
    imap: ['b STARTTLS', 'b starttls', 'b STARTTLS x', 'b STARTTLS ', 'b  STARTTLS', 'b STARTTLS\t'],
    pop3: ['STLS', 'stls', 'STLS ', 'STLS x', ' STLS', 'STLS\t'],
    nntp: ['STARTTLS', 'starttls', 'STARTTLS ', 'STARTTLS x', ' STARTTLS', 'STARTTLS\t'],
  };
  const before: Record<LineProtocol, string> = { smtp: 'EHLO me', imap: 'a NOOP', pop3: 'NOOP', nntp: 'DATE' };
  const after: Record<LineProtocol, string> = { smtp: 'NOOP', imap: 'c NOOP', pop3: 'NOOP', nntp: 'DATE' };

  test.each(lineProtocols.flatMap((protocol) => forms[protocol].map((form) => [protocol, form] as const)))(
    '%s: %j and more in one segment',
    async (protocol, form) => {
      const scene = twins.find((twin) => twin.upstream.protocol === protocol && twin.upstream.tls === 'implicit');
      if (!scene) throw new Error('no twin');
      const { port, upstream } = stage.on(scene);
      const from = upstream.connections.length;
      const client = await RawClient.connect(port);
      client.send(`${before[protocol]}\r\n${form}\r\n${after[protocol]}\r\n`);
      expect(await client.line()).toMatch(welcome[protocol]);
      if (protocol === 'smtp') {
        expect((await client.smtpReply()).at(-1)).toMatch(/^250/);
        expect(await client.smtpReply()).toEqual([expect.stringMatching(/^50[0-4] /)]);
        expect(await client.smtpReply()).toEqual([expect.stringMatching(/^250 /)]);
      } else if (protocol === 'imap') {
        expect((await client.imapReply('a')).at(-1)).toMatch(/^a OK/);
        expect(await client.line()).toMatch(/^[b*] BAD/);
        expect((await client.imapReply('c')).at(-1)).toMatch(/^c OK/);
      } else if (protocol === 'nntp') {
        expect(await client.line()).toMatch(/^111/);
        expect(await client.line()).toMatch(/^50[02] Postern/);
        expect(await client.line()).toMatch(/^111/);
      } else {
        expect(await client.line()).toMatch(/^\+OK/);
        expect(await client.line()).toMatch(/^-ERR/);
        expect(await client.line()).toMatch(/^\+OK/);
      }
      expect((await upstream.connection(from)).inside().toString()).not.toMatch(/STARTTLS|STLS/i);
      client.finish();
      await client.ended;
    },
  );

  test.each(lineProtocols)('%s: a ClientHello behind it goes nowhere', async (protocol) => {
    const scene = twins.find((twin) => twin.upstream.protocol === protocol && twin.upstream.tls === 'implicit');
    if (!scene) throw new Error('no twin');
    const { port, upstream } = stage.on(scene);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    const hello = Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(192, 0x0a)]);
    client.send(Buffer.concat([Buffer.from(`${forms[protocol][0]}\r\n`), hello]));
    expect(await client.line()).toMatch(welcome[protocol]);
    expect(await client.line()).toMatch(/^(?:502|b BAD|-ERR)/);
    client.finish();
    await client.ended;
    expect((await upstream.connection(from)).inside().includes(0x16)).toBe(false);
  });
});

test('27: news: behind the first article STARTTLS is raw bytes like any other: TLS within TLS, to the same server', async () => {
  const { port, upstream } = stage.on(grantsAgain);
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(welcome.nntp);
  // Before it, Postern declines.
  expect(await client.pop3('STARTTLS')).toMatch(/^502 Postern/);
  expect(await client.pop3('ARTICLE 1')).toMatch(/^220/);
  while ((await client.line()) !== '.');
  expect(await client.pop3('STARTTLS')).toBe('382 go on');
  const hello = Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(192, 0x0a)]);
  client.send(hello);
  const connection = await upstream.connection(0);
  while (!connection.inside().includes(hello)) await new Promise((resolve) => setImmediate(resolve));
  // One connection, and on it nothing in plaintext but what led to its own TLS.
  expect(upstream.connections.length).toBe(1);
  expect(connection.secured).toBe(true);
  expectNothingLost(connection, grantsAgain.upstream);
  expect(stage.triedElsewhere()).toBe(0);
  client.reset();
});

describe('28: line ends and NUL in arguments and sign-in data', () => {
  // A lone LF is not one of them: it ends the line, and CR LF is sent upstream in its place.
  const bad = ['\r', '\0', 'x\ry', '\r\r', '\r\0', '\0\0\0'];
  const commands: Record<LineProtocol, string[]> = {
    smtp: ['EHLO me¤', 'NOOP ¤', 'AUTH PLAIN AHVz¤ZXIAc2VjcmV0', 'MAIL FROM:<a¤@b>', 'VRFY ¤', 'QUIT¤'],
    imap: ['a NOOP¤', 'a LOGIN us¤er secret', 'a LOGIN "user" "sec¤ret"', 'a AUTHENTICATE PLAIN AHV¤z', 'a¤ NOOP'],
    pop3: ['USER us¤er', 'PASS sec¤ret', 'AUTH PLAIN AHV¤z', 'CAPA¤', 'APOP user¤ 0123456789abcdef0123456789abcdef'],
    nntp: ['AUTHINFO USER us¤er', 'AUTHINFO PASS sec¤ret', 'AUTHINFO SASL PLAIN AHV¤z', 'DATE¤', 'GROUP a¤b'],
  };
  const refusal: Record<LineProtocol, RegExp> = {
    smtp: /^50[01] /,
    imap: /^(?:a|\*) BAD/,
    pop3: /^-ERR/,
    nntp: /^50[01] /,
  };

  test.each(lineProtocols)('%s: told, and none of it goes to the server', async (protocol) => {
    const scene = twins.find((twin) => twin.upstream.protocol === protocol && twin.upstream.tls === 'implicit');
    if (!scene) throw new Error('no twin');
    const { port, upstream } = stage.on(scene);
    for (const command of commands[protocol]) {
      for (const piece of bad) {
        const from = upstream.connections.length;
        const client = await RawClient.connect(port);
        expect(await client.line()).toMatch(welcome[protocol]);
        client.send(`${command.replace('¤', piece)}\r\n`);
        expect(await client.line(), JSON.stringify([command, piece])).toMatch(refusal[protocol]);
        client.finish();
        await client.rest();
        const heard = (await upstream.connection(from)).inside().toString('latin1');
        expect(heard).not.toMatch(/\0|\r(?!\n)|(?<!\r)\n/);
        expect(heard).not.toMatch(/AUTH|LOGIN|PASS|MAIL|QUIT|APOP/);
      }
    }
  });

  test.each([
    ['smtp', 'AUTH PLAIN', /^334/, /^501/],
    ['smtp', 'AUTH LOGIN', /^334/, /^501/],
    ['imap', 'a AUTHENTICATE PLAIN', /^\+/, /^a BAD/],
    ['pop3', 'AUTH PLAIN', /^\+ /, /^-ERR/],
    ['nntp', 'AUTHINFO SASL PLAIN', /^383/, /^482/],
  ] as const)('%s: in the data behind %s, and the exchange is taken back', async (protocol, command, challenge, no) => {
    const scene = twins.find((twin) => twin.upstream.protocol === protocol && twin.upstream.tls === 'implicit');
    if (!scene) throw new Error('no twin');
    const { port, upstream } = stage.on(scene);
    for (const piece of bad) {
      const from = upstream.connections.length;
      const client = await RawClient.connect(port);
      expect(await client.line()).toMatch(welcome[protocol]);
      client.send(`${command}\r\n`);
      expect(await client.line()).toMatch(challenge);
      client.send(`AHV${piece}z\r\n`);
      expect(await client.line()).toMatch(no);
      // The session itself continues.
      client.send({ smtp: 'EHLO again\r\n', imap: 'z NOOP\r\n', pop3: 'QUIT\r\n', nntp: 'DATE\r\n' }[protocol]);
      const goesOn = { smtp: /^250/, imap: /^z OK/, pop3: /^\+OK/, nntp: /^111/ }[protocol];
      for (let line = await client.line(); !goesOn.test(line); line = await client.line()) {
        expect(line).toMatch(/^(?:50\d |[^ ]+ BAD|-ERR)/);
      }
      const heard = (await upstream.connection(from)).inside().toString('latin1');
      expect(heard).toContain(`${command}\r\n*\r\n`);
      expect(heard).not.toContain('AHV');
      client.finish();
      await client.ended;
    }
  });

  test('imap: in the literals of a LOGIN', async () => {
    const scene = twins.find((twin) => twin.upstream.protocol === 'imap' && twin.upstream.tls === 'implicit');
    if (!scene) throw new Error('no twin');
    const { port, upstream } = stage.on(scene);
    for (const piece of ['\r\n', '\0', '\n', '\r\nb NOOP\r\n']) {
      const from = upstream.connections.length;
      const client = await RawClient.connect(port);
      expect(await client.line()).toMatch(welcome.imap);
      client.send(`a LOGIN {${piece.length + 2}+}\r\nx${piece}y {2+}\r\npw\r\n`);
      expect((await client.imapReply('a')).at(-1)).toMatch(/^a BAD/);
      expect((await client.imap('z NOOP')).at(-1)).toBe('z OK Done');
      expect((await upstream.connection(from)).inside().toString()).not.toMatch(/LOGIN|b NOOP/);
      client.finish();
      await client.ended;
    }
  });

  test.each(lineProtocols)('honest: 28: %s: lines that end in LF alone go up with CR LF', async (protocol) => {
    const { port, upstream } = stage.on(echo[protocol]);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(welcome[protocol]);
    const asked = { smtp: 'EHLO me', imap: 'a CAPABILITY', pop3: 'USER me', nntp: 'DATE' }[protocol];
    client.send(`${asked}\n`);
    expect(await client.line()).toMatch(
      { smtp: /^250/, imap: /^\* CAPABILITY/, pop3: /^\+OK/, nntp: /^111/ }[protocol],
    );
    expect((await upstream.connection(from)).inside().toString()).toBe(`${asked}\r\n`);
    client.reset();
  });

  test('honest: 28: eight-bit passwords pass as they are', async () => {
    const { port, upstream } = stage.on(echo.imap);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(welcome.imap);
    client.send('a LOGIN user "p\xe4ss"\r\n');
    expect((await client.imapReply('a')).at(-1)).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/);
    expect((await upstream.connection(from)).inside().toString('latin1')).toContain('a LOGIN user "p\xe4ss"\r\n');
    client.finish();
    await client.ended;
  });
});

describe('29: smtp and nntp: ends of messages that two servers may see differently', () => {
  const ends = [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r.\r\n',
    '\r\n.\r',
    '\n.\r',
    '\r.\n',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
    '\r\n..\r\n',
    '\n\n.\n\n',
    '\r\r\n.\r\r\n',
    '\r\n.\r\n.\r\n',
    '\r\n . \r\n',
    '\n.\r\nMAIL FROM:<evil@example.org>\r\n',
  ]; // prettier-ignore

  test.each([
    ['smtp', 'DATA'],
    ['nntp', 'POST'],
  ] as const)(
    '%s: every form goes through unchanged: nothing becomes another, in any segments',
    async (protocol, begins) => {
      const client = await expectHonest(stage, echo[protocol]);
      const text = ends
        .map((end, number) => `${begins}\r\nSubject: ${number}\r\n\r\nbefore${end}after\r\n.\r\n`)
        .join('');
      for (const size of [1, 2, 3, 7, text.length]) {
        for (let at = 0; at < text.length; at += size) {
          client.send(text.slice(at, at + size));
          if (at % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        expect((await client.bytes(text.length)).toString('latin1')).toBe(text);
      }
      client.finish();
      await client.ended;
    },
  );

  test.each(['DATA', 'BDAT 5'])('and from %s on, without a sign-in', async (begins) => {
    const { port, upstream } = stage.on(echo.smtp);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    const text = `${begins}\r\nx\n.\nSTARTTLS\r\n\r.\r\0AUTH PLAIN x\n`;
    client.send(text);
    expect(await client.line()).toMatch(welcome.smtp);
    const connection = await upstream.connection(from);
    while (connection.inside().length < text.length) await new Promise((resolve) => setImmediate(resolve));
    expect(connection.inside().toString('latin1')).toBe(text);
    client.reset();
  });
});

describe('30: split at every byte offset', () => {
  // From before the sign-in into the raw bytes, with dots to be stuffed and literals.
  const scripts: Record<LineProtocol, { signIn: string; raw: string; welcomed: RegExp }> = {
    smtp: {
      signIn: `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}\r\n`,
      raw: 'MAIL FROM:<a@b>\r\nDATA\r\n..\r\n.x\r\n\0\xff\r\n.\r\n',
      welcomed: /^235/,
    },
    imap: {
      signIn: `a LOGIN {4+}\r\nuser {${password.length}+}\r\n${password}\r\n`,
      raw: 'b APPEND INBOX {9+}\r\n\r\n.\r\n\0\xff{3}\r\nc IDLE\r\nDONE\r\n',
      welcomed: /^a OK/,
    },
    pop3: {
      signIn: `USER ${user}\r\nPASS ${password}\r\n`,
      raw: 'RETR 1\r\n.\r\n..\r\nSTLS\r\n\0\xff\r\n',
      welcomed: /^\+OK/,
    },
    nntp: {
      signIn: `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\n`,
      raw: 'POST\r\n..\r\n.x\r\nSTARTTLS\r\n\0\xff\r\n.\r\n',
      welcomed: /^281/,
    },
  };

  test.each(lineProtocols)('%s: byte-identical, across the switch to raw bytes', async (protocol) => {
    const { port } = stage.on(echo[protocol]);
    const script = scripts[protocol];
    const whole = script.signIn + script.raw;
    for (let offset = 0; offset <= whole.length; offset += 1) {
      const client = await RawClient.connect(port);
      client.send(whole.slice(0, offset));
      await new Promise((resolve) => setImmediate(resolve));
      if (offset % 3 === 0) expect(await client.line()).toMatch(welcome[protocol]);
      client.send(whole.slice(offset));
      if (offset % 3 !== 0) expect(await client.line()).toMatch(welcome[protocol]);
      if (protocol === 'pop3' || protocol === 'nntp') expect(await client.line()).toMatch(/^(?:\+OK|381)/);
      expect(await client.line(), `split at ${offset}`).toMatch(script.welcomed);
      expect((await client.bytes(script.raw.length)).toString('latin1'), `split at ${offset}`).toBe(script.raw);
      client.finish();
      await client.ended;
    }
  });
});

describe('32: the server answers before it is asked, or lures', () => {
  const attempt: Record<LineProtocol, string> = {
    smtp: `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}\r\n`,
    imap: `a LOGIN ${user} ${password}\r\n`,
    pop3: `USER ${user}\r\nPASS ${password}\r\n`,
    nntp: `AUTHINFO USER ${user}\r\nAUTHINFO PASS ${password}\r\n`,
  };
  /** Said before the password, where it is a command of its own. */
  const name: Partial<Record<LineProtocol, string>> = { pop3: 'USER user', nntp: 'AUTHINFO USER user' };

  test.each(tagged.map((one) => [one.name, one] as const))('%s: the password stays here', async (_name, one) => {
    const { protocol } = one.upstream;
    const { port, relay, upstream } = stage.on(one);
    for (const early of [false, true]) {
      const from = upstream.connections.length;
      const since = stage.postern.events.length;
      const client = await RawClient.connect(port);
      if (early) client.send(attempt[protocol]);
      expect(await client.line()).toMatch(welcome[protocol]);
      if (!early) client.send(attempt[protocol]);
      const heard = (await client.rest()).toString('latin1');
      expect(heard).toMatch(
        /^(?:421 4\.7\.0 |454 4\.7\.0 |400 |(?:a NO \[UNAVAILABLE\]|\* (?:OK|BYE)) |-ERR \[SYS\/TEMP\] )/,
      );
      expect(heard).toContain('Postern: ');
      expect(heard).not.toContain(one.reply.trim());
      expect(heard).not.toMatch(blamesThePassword);
      expect(await stage.postern.event('refused', (event) => event.relay === relay, since)).toMatchObject({
        reason: 'upstream-protocol',
      });
      const connection = await upstream.connection(from);
      expectNothingLost(connection, one.upstream);
      client.finish();
    }
  });

  test.each(lures.map((one) => [one.name, one] as const))(
    '%s: refused, told in the words of a sign-in',
    async (_name, one) => {
      const first = name[one.upstream.protocol];
      const commands = first === undefined ? [one.last] : [first, one.last];
      await expectRefusedAtSignIn(stage, one, commands, 'upstream-protocol');
    },
  );
});

test('an exchange that the mail program takes back goes on with the next command', async () => {
  for (const [protocol, command, challenge, no] of [
    ['smtp', 'AUTH LOGIN', /^334/, /^501/],
    ['imap', 'a AUTHENTICATE LOGIN', /^\+/, /^a BAD/],
    ['pop3', 'AUTH LOGIN', /^\+ /, /^-ERR/],
    ['nntp', 'AUTHINFO SASL LOGIN', /^383 /, /^48\d/],
  ] as const) {
    const client = await RawClient.connect(stage.on(echo[protocol]).port);
    expect(await client.line()).toMatch(welcome[protocol]);
    client.send(`${command}\r\n*\r\n`);
    expect(await client.line()).toMatch(challenge);
    expect(await client.line()).toMatch(no);
    await signIn(client, protocol);
    expect(holdsSecret(client.received)).toBe(false);
    client.reset();
  }
});

test('nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
});
