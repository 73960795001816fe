/** Someone on the connection's path tries to keep it from being protected. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RefusalReason, TlsMode } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import type { FakeUpstreamOptions, Reply } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { runProgram } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { root } from '../support/sources.ts';
import { expectNothingLost, expectRefused, expectRefusedAtSignIn, type Required } from './refusal.ts';
import {
  expectHonest,
  mark,
  openStage,
  type Scene,
  type Stage,
  socketsBesideListeners,
  toldAtGreeting,
  welcome,
} from './stage.ts';

interface Case extends Scene {
  required: Required;
}

function scene(
  name: string,
  protocol: LineProtocol,
  reason: RefusalReason,
  plain: FakeUpstreamOptions['plain'],
  more: Partial<FakeUpstreamOptions> = {},
): Case {
  return { name, upstream: { protocol, tls: 'starttls', plain: plain ?? {}, ...more }, required: { reason } };
}

const junk = `${mark}\r\n`;
const offered = (protocol: LineProtocol) =>
  ({ smtp: ['STARTTLS', mark], imap: ['IMAP4rev1', 'STARTTLS', mark], pop3: ['STLS', mark], nntp: ['STARTTLS', mark] })[
    protocol
  ];

const smtp: Case[] = [
  scene('1: STARTTLS is not in EHLO, then 502 to it', 'smtp', 'starttls-not-offered', {
    capabilities: ['SIZE 1000', mark],
    starttls: `502 5.5.1 ${mark}\r\n`,
  }),
  ...[502, 454, 354, 221, 250, 421, 500, 501, 530].map((code) =>
    scene(`2: STARTTLS is on offer, then ${code} to it`, 'smtp', 'starttls-refused', {
      capabilities: offered('smtp'),
      starttls: `${code} ${mark}\r\n`,
    }),
  ),
  ...['120 go', '22', '2200 go', '220\tgo', '999 go', 'OK', '', ' 220 go', '220-go\r\n250 go'].map((line) =>
    scene(`2: STARTTLS is on offer, then ${JSON.stringify(line)} to it`, 'smtp', 'upstream-protocol', {
      starttls: `${line}\r\n`,
    }),
  ),
  scene('2: STARTTLS is on offer, then 220 with a bare line feed', 'smtp', 'upstream-protocol', {
    starttls: '220 go\n',
  }),
  // Codes other than the first three say nothing about encryption; none of them is followed by HELO.
  ...[500, 502, 504, 550, 554].map((code) =>
    scene(
      `3: ${code} to EHLO, HELO would be fine`,
      'smtp',
      code < 550 ? 'starttls-not-offered' : 'upstream-protocol',
      { capabilities: `${code} ${mark}\r\n` },
      { answer: (line) => (line.startsWith('HELO') ? '250 fine\r\n' : undefined) },
    ),
  ),
  ...[`220 ${mark}`, `354 ${mark}`, '250 ', '250', '250-\r\n250 ', '250-a\r\n', '421 later'].map((reply) =>
    scene(
      `4: EHLO is answered ${JSON.stringify(reply.replace(mark, '…'))}`,
      'smtp',
      reply.endsWith('\r\n') ? 'upstream-timeout' : 'upstream-protocol',
      { capabilities: reply.endsWith('\r\n') ? reply : `${reply}\r\n` },
    ),
  ),
  ...['250-a\r\n500 b\r\n', '250-a\r\n251 b\r\n', '220-a\r\n250 b\r\n', '250-a\r\nb\r\n250 c\r\n'].map((reply) =>
    scene(`6: a reply that contradicts itself, ${JSON.stringify(reply)}`, 'smtp', 'upstream-protocol', {
      capabilities: reply,
    }),
  ),
  ...['XSTARTTLS', 'STARTTLSX', 'X-STARTTLS', 'STARTTLS-X', 'AUTH STARTTLS'].map((word) =>
    scene(`7: ${word} is no offer`, 'smtp', 'starttls-not-offered', {
      capabilities: [word],
      starttls: `502 ${mark}\r\n`,
    }),
  ),
];

const imap: Case[] = [
  ...[`{tag} NO ${mark}`, `{tag} BAD ${mark}`, '{tag} NO', '{tag} BAD [ALERT] x'].map((reply) =>
    scene(`8: STARTTLS is answered ${reply.replace(mark, '…')}`, 'imap', 'starttls-refused', {
      capabilities: offered('imap'),
      starttls: `${reply}\r\n`,
    }),
  ),
  ...[
    '+ go',
    '+',
    'P0123456789abcdef OK go',
    'a OK go',
    '* OK go',
    '{tag}x OK go',
    '{tag} PREAUTH go',
    '{tag}',
    '{tag} OKAY go',
    '{tag}  OK go',
    ' {tag} OK go',
    '* BYE',
    '* PREAUTH',
  ].map((reply) =>
    scene(`8: STARTTLS is answered ${reply}`, 'imap', 'upstream-protocol', { starttls: `${reply}\r\n` }),
  ),
  scene('9: CAPABILITY is refused, and so is STARTTLS', 'imap', 'starttls-not-offered', {
    capabilities: `{tag} BAD ${mark}\r\n`,
    starttls: `{tag} BAD ${mark}\r\n`,
  }),
  scene('9: CAPABILITY hides STARTTLS, and it is refused', 'imap', 'starttls-not-offered', {
    capabilities: ['IMAP4rev1', mark],
    starttls: `{tag} NO ${mark}\r\n`,
  }),
  ...['XSTARTTLS', 'STARTTLSX', 'AUTH=STARTTLS'].map((word) =>
    scene(`9: ${word} is no offer`, 'imap', 'starttls-not-offered', {
      capabilities: ['IMAP4rev1', word],
      starttls: `{tag} NO ${mark}\r\n`,
    }),
  ),
  ...['', '[CAPABILITY IMAP4rev1 STARTTLS] ', '[CAPABILITY IMAP4rev1] '].map((code) =>
    scene(`10: PREAUTH before TLS ${code}`, 'imap', 'preauth-before-tls', {
      greeting: `* PREAUTH ${code}${mark}\r\n`,
    }),
  ),
  scene('10: preauth in small letters', 'imap', 'preauth-before-tls', { greeting: `* preauth ${mark}\r\n` }),
  ...[
    `* BYE ${mark}`,
    `* NO ${mark}`,
    `XYZ OK ${mark}`,
    `${mark}\r\n${mark}\r\n* OK`,
    `* BAD ${mark}`,
    '+ OK',
    `* OK${mark}`,
    `* CAPABILITY IMAP4rev1 STARTTLS\r\n* OK ${mark}`,
    '* 1 EXISTS\r\n* OK',
  ].map((greeting) =>
    scene(`11: the greeting ${JSON.stringify(greeting.replaceAll(mark, '…'))}`, 'imap', 'upstream-protocol', {
      greeting: `${greeting}\r\n`,
    }),
  ),
  scene('12: a referral instead of STARTTLS', 'imap', 'starttls-refused', {
    capabilities: offered('imap'),
    starttls: `{tag} NO [REFERRAL imap://evil.example/] ${mark}\r\n`,
  }),
  scene('12: a referral in a farewell', 'imap', 'upstream-protocol', {
    greeting: `* BYE [REFERRAL imap://evil.example/] ${mark}\r\n`,
  }),
];

const pop3: Case[] = [
  scene('14: no STLS in CAPA, then -ERR to it', 'pop3', 'starttls-not-offered', {
    capabilities: ['TOP', mark],
    starttls: `-ERR ${mark}\r\n`,
  }),
  scene('14: STLS is on offer, then -ERR to it', 'pop3', 'starttls-refused', {
    capabilities: offered('pop3'),
    starttls: `-ERR ${mark}\r\n`,
  }),
  scene('14: CAPA is refused, and so is STLS', 'pop3', 'starttls-not-offered', {
    capabilities: `-ERR ${mark}\r\n`,
    starttls: `-ERR ${mark}\r\n`,
  }),
  ...['XSTLS', 'STLSX', 'SASL STLS'].map((word) =>
    scene(`14: ${word} is no offer`, 'pop3', 'starttls-not-offered', {
      capabilities: [word],
      starttls: `-ERR ${mark}\r\n`,
    }),
  ),
  ...['+ go', 'OK go', '+OKAY go', '+ok go', ' +OK go', '250 go', ''].map((reply) =>
    scene(`14: STLS is answered ${JSON.stringify(reply)}`, 'pop3', 'upstream-protocol', { starttls: `${reply}\r\n` }),
  ),
];

const badGreetings: Case[] = (['starttls', 'implicit'] as const).flatMap((tls: TlsMode) =>
  (
    [
      ['smtp', `421 ${mark}\r\n`],
      ['smtp', `500 ${mark}\r\n`],
      ['smtp', `554 ${mark}\r\n`],
      ['smtp', `250 ${mark}\r\n`],
      ['smtp', junk],
      ['smtp', '\r\n'],
      ['smtp', '220-a\r\n250 b\r\n'],
      ['smtp', { instead: 'end' }],
      ['smtp', { instead: 'cut' }],
      ['smtp', { instead: 'reset' }],
      ['imap', `* BYE ${mark}\r\n`],
      ['imap', junk],
      ['imap', { instead: 'end' }],
      ['pop3', `-ERR ${mark}\r\n`],
      ['pop3', '+ \r\n'],
      ['pop3', junk],
      ['pop3', { instead: 'end' }],
      ['nntp', `400 ${mark}\r\n`],
      ['nntp', `502 ${mark}\r\n`],
      ['nntp', junk],
      ['nntp', { instead: 'end' }],
    ] as [LineProtocol, Reply][]
  ).map(([protocol, greeting]) => {
    const closed = typeof greeting === 'object';
    // An immediate reset may arrive before the connection counts as established.
    const lost: RefusalReason[] = ['upstream-closed', 'upstream-unreachable'];
    return {
      name: `5: a bad greeting of ${protocol}, ${tls}: ${JSON.stringify(greeting).replaceAll(mark, '…')}`,
      upstream: { protocol, tls, ...(tls === 'starttls' ? { plain: { greeting } } : { inside: { greeting } }) },
      required: { reason: closed ? lost : 'upstream-protocol' },
    };
  }),
);

/** 17 and the honest server for every case: what failed once may succeed the next time. */
const twins = lineProtocols.flatMap((protocol) =>
  (['starttls', 'implicit'] as const).map(
    (tls): Scene => ({ name: `honest: 1 to 18: ${protocol} ${tls}`, upstream: { protocol, tls } }),
  ),
);
const hidden: Scene[] = [
  {
    name: 'honest: 9: STARTTLS hidden, and granted',
    upstream: { protocol: 'imap', tls: 'starttls', plain: { capabilities: ['IMAP4rev1'] } },
  },
  {
    name: 'honest: 14: STLS hidden, and granted',
    upstream: { protocol: 'pop3', tls: 'starttls', plain: { capabilities: ['TOP'] } },
  },
  {
    name: 'honest: 1: STARTTLS hidden, and granted',
    upstream: { protocol: 'smtp', tls: 'starttls', plain: { capabilities: ['SIZE'] } },
  },
  {
    name: 'honest: 1: STARTTLS hidden, and granted, nntp',
    upstream: { protocol: 'nntp', tls: 'starttls', plain: { capabilities: ['VERSION 2', 'READER'] } },
  },
  {
    name: 'honest: 1: a server that hands readers on is asked for reading first, nntp',
    upstream: { protocol: 'nntp', tls: 'starttls', plain: { capabilities: ['VERSION 2', 'IHAVE', 'MODE-READER'] } },
  },
];

const mixedUp: Case[] = lineProtocols.map((protocol) => ({
  name: `18: a plaintext greeting on a port for TLS from the start, ${protocol}`,
  upstream: {
    protocol,
    tls: 'implicit',
    handshake: {
      first: true,
      reply: { smtp: `220 ${mark}\r\n`, imap: `* OK ${mark}\r\n`, pop3: `+OK ${mark}\r\n`, nntp: `200 ${mark}\r\n` }[
        protocol
      ],
    },
  },
  required: { reason: 'tls-handshake-failed', says: /After a greeting/, lookedAgain: true },
}));
const mixedUpOther: Case[] = lineProtocols.map((protocol) => ({
  name: `18: a TLS record on a port for STARTTLS, ${protocol}`,
  upstream: { protocol, tls: 'starttls', plain: { greeting: Buffer.from('15030100020246', 'hex') } },
  required: { reason: 'upstream-protocol', says: /At once/ },
}));

/** News: STARTTLS is sent whether it was offered or not, and only 382 lets TLS begin (RFC 4642 §2.2). */
const nntp: Case[] = [
  ...[580, 483, 502, 400, 480, 500, 503].map((code) =>
    scene(`2: STARTTLS is on offer, then ${code} to it, nntp`, 'nntp', 'starttls-refused', {
      capabilities: offered('nntp'),
      starttls: `${code} ${mark}\r\n`,
    }),
  ),
  ...['200 go', '281 go', '381 go', '383 go', '38 go', '3820 go', '382go', '382\tgo', '* OK', ' 382 go'].map((line) =>
    scene(`2: STARTTLS is on offer, then ${JSON.stringify(line)} to it, nntp`, 'nntp', 'upstream-protocol', {
      starttls: `${line}\r\n`,
    }),
  ),
  scene('1: STARTTLS is not in CAPABILITIES, then 502 to it, nntp', 'nntp', 'starttls-not-offered', {
    capabilities: ['VERSION 2', 'READER', mark],
    starttls: `502 ${mark}\r\n`,
  }),
  scene('3: CAPABILITIES is refused, and so is STARTTLS, nntp', 'nntp', 'starttls-not-offered', {
    capabilities: `500 ${mark}\r\n`,
    starttls: `500 ${mark}\r\n`,
  }),
  ...['XSTARTTLS', 'STARTTLSX', 'SASL STARTTLS'].map((word) =>
    scene(`7: ${word} is no offer, nntp`, 'nntp', 'starttls-not-offered', {
      capabilities: [word],
      starttls: `580 ${mark}\r\n`,
    }),
  ),
  ...[`400 ${mark}`, `502 ${mark}`, `220 ${mark}`, mark, '', '20', '2000'].map((greeting) =>
    scene(`5: the greeting ${JSON.stringify(greeting.replaceAll(mark, '…'))}, nntp`, 'nntp', 'upstream-protocol', {
      greeting: `${greeting}\r\n`,
    }),
  ),
];

const lying: Scene[] = [
  {
    name: '12: a referral in the greeting before TLS',
    upstream: {
      protocol: 'imap',
      tls: 'starttls',
      plain: { greeting: `* OK [REFERRAL imap://evil.example/] ${mark}\r\n` },
    },
  },
  {
    name: '15: an APOP stamp before TLS',
    upstream: {
      protocol: 'pop3',
      tls: 'starttls',
      plain: { greeting: `+OK ${mark} <1896.697170952@evil.example>\r\n` },
    },
  },
  {
    name: '15: SASL bait before TLS',
    upstream: {
      protocol: 'pop3',
      tls: 'starttls',
      plain: { greeting: '+OK hi\r\n', capabilities: ['STLS', 'SASL PLAIN LOGIN', mark] },
    },
  },
  {
    name: '26: alerts in greetings before TLS, imap',
    upstream: { protocol: 'imap', tls: 'starttls', plain: { greeting: `* OK [ALERT] ${mark} call 0190\r\n` } },
  },
  {
    name: '26: alerts in greetings before TLS, pop3',
    upstream: { protocol: 'pop3', tls: 'starttls', plain: { greeting: `+OK [SYS/PERM] ${mark} call 0190\r\n` } },
  },
  {
    name: '26: text in greetings before TLS, smtp',
    upstream: { protocol: 'smtp', tls: 'starttls', plain: { greeting: `220-${mark}\r\n220 ${mark} call 0190\r\n` } },
  },
  {
    name: '26: text in greetings before TLS, nntp',
    upstream: { protocol: 'nntp', tls: 'starttls', plain: { greeting: `201 ${mark} call 0190\r\n` } },
  },
];

const referral: Scene = {
  name: '12: a referral at login',
  upstream: {
    protocol: 'imap',
    tls: 'implicit',
    answer: (line) =>
      / LOGIN /.test(line)
        ? '* NO [REFERRAL imap://evil.example/] try there\r\n{tag} NO [REFERRAL imap://u@evil.example/] gone\r\n'
        : undefined,
  },
};
const loginDisabled: Scene = {
  name: '13: LOGINDISABLED inside TLS',
  upstream: {
    protocol: 'imap',
    tls: 'implicit',
    inside: { capabilities: ['IMAP4rev1', 'LOGINDISABLED', 'AUTH=PLAIN'] },
  },
};

const all = [...smtp, ...imap, ...pop3, ...nntp, ...badGreetings, ...mixedUp, ...mixedUpOther];
const quick = all.filter(({ required }) => required.reason !== 'upstream-timeout');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([...quick, ...twins, ...hidden, ...lying, referral, loginDisabled]);
});

test.each(quick.map((one) => [one.name, one] as const))('%s', (_name, one) => expectRefused(stage, one, one.required));

test.each([...twins, ...hidden].map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const { relay, upstream } = stage.on(one);
  expect(await stage.postern.event('session-verified', (event) => event.relay === relay)).toMatchObject({
    trust: 'verified',
  });
  expect((await stage.snapshot()).tables.relays[relay]?.lastRefusal).toBeNull();
  const connection = await upstream.connection(0);
  expect(connection.user).toBe('user');
  client.finish();
});

test.each(lying.map((one) => [one.name, one] as const))('%s never crosses', async (_name, one) => {
  const client = await expectHonest(stage, one);
  const heard = client.received.toString('latin1');
  expect(heard).not.toContain(mark);
  expect(heard).not.toMatch(/REFERRAL|ALERT|SYS\/PERM|<[^>]*@/);
  expectNothingLost({ ...(await stage.on(one).upstream.connection(0)), inside: () => Buffer.alloc(0) }, one.upstream);
  client.finish();
});

test('12: a referral at login is never followed and never shown', async () => {
  const { port, upstream } = stage.on(referral);
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(welcome.imap);
  const answer = await client.imap('a LOGIN user secret');
  expect(answer.join('\n')).not.toMatch(/REFERRAL|evil/);
  expect(answer.at(-1)).toMatch(/^a NO /);
  expect(upstream.connections.length).toBe(1);
  client.finish();
});

test('13: no LOGIN is sent where the server forbids it inside TLS, literals included; AUTHENTICATE is', async () => {
  const { port, upstream } = stage.on(loginDisabled);
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(welcome.imap);
  expect((await client.imap('a LOGIN user secret')).at(-1)).toMatch(/^a NO \[UNAVAILABLE\]/);
  client.send('b LOGIN {4+}\r\nuser {6+}\r\nsecret\r\n');
  expect((await client.imapReply('b')).at(-1)).toMatch(/^b NO \[UNAVAILABLE\]/);
  client.send('c LOGIN {4}\r\n');
  expect((await client.imapReply('c')).at(-1)).toMatch(/^c NO \[UNAVAILABLE\]/);
  const connection = await upstream.connection(0);
  expect(connection.inside().toString('latin1')).toMatch(/^\w+ CAPABILITY\r\n$/);
  const blob = Buffer.from('\0user\0kanarienvogel-7f3a').toString('base64');
  expect((await client.imap(`d AUTHENTICATE PLAIN ${blob}`)).at(-1)).toMatch(/^d OK/);
  client.finish();
});

describe('silence and a line that breaks', () => {
  /** At which step of the attempt the server does something instead of replying. */
  const steps: Record<string, { tls: TlsMode; options: (instead: Reply) => Partial<FakeUpstreamOptions> }> = {
    'the greeting': { tls: 'starttls', options: (greeting) => ({ plain: { greeting } }) },
    'the answer to EHLO': { tls: 'starttls', options: (capabilities) => ({ plain: { capabilities } }) },
    'the answer to STARTTLS': { tls: 'starttls', options: (starttls) => ({ plain: { starttls } }) },
    'the handshake behind STARTTLS': { tls: 'starttls', options: (reply) => ({ handshake: { reply } }) },
    'the handshake': { tls: 'implicit', options: (reply) => ({ handshake: { reply } }) },
    'the greeting inside TLS': { tls: 'implicit', options: (greeting) => ({ inside: { greeting } }) },
  };
  const cases: Case[] = lineProtocols.flatMap((protocol) =>
    Object.entries(steps)
      .filter(([step]) => step !== 'the answer to EHLO' || protocol === 'smtp')
      .flatMap(([step, { tls, options }]) =>
        (['silence', 'reset', 'end'] as const).map((instead) => ({
          name: `${instead === 'silence' ? 16 : 17}: ${instead} in place of ${step}, ${protocol}`,
          upstream: { protocol, tls, ...options({ instead }) },
          // An immediate reset may arrive before the connection counts as established.
          required: {
            reason: instead === 'silence' ? ['upstream-timeout'] : ['upstream-closed', 'upstream-unreachable'],
            tookNoPart: step.startsWith('the handshake'),
            // Whether the port waits for TLS itself.
            lookedAgain: instead === 'silence' && step === 'the greeting',
          },
        })),
      ),
  );
  const alerts: Case[] = lineProtocols.map((protocol) => ({
    name: `17: a TLS alert, ${protocol}`,
    upstream: { protocol, tls: 'starttls', handshake: { reply: Buffer.from('15030300020250', 'hex') } },
    required: { tookNoPart: true, reason: 'tls-handshake-failed' },
  }));
  const unanswered = all.filter(({ required }) => required.reason === 'upstream-timeout');
  const mixedUpSilent: Case[] = lineProtocols.map((protocol) => ({
    name: `18: a port for TLS from the start that waits in silence for STARTTLS, ${protocol}`,
    // The server's side speaks TLS and waits for a ClientHello.
    upstream: { protocol, tls: 'implicit' },
    relay: { tls: 'starttls' },
    required: { reason: 'upstream-timeout', lookedAgain: true, says: /speaks TLS from the first byte.*At once/ },
  }));
  const atSignIn: Scene[] = lineProtocols.map((protocol) => ({
    name: `16: silence at the sign-in, ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit',
      answer: (line) => (/^(?:AUTH|AUTHINFO PASS|PASS|\w+ LOGIN)\b/.test(line) ? { instead: 'silence' } : undefined),
    },
  }));

  let impatientStage: Stage;
  const scenes = [...cases, ...alerts, ...unanswered, ...mixedUpSilent];
  /** All at the same time: most of the time is spent waiting for the product's own deadline. */
  let outcomes: Map<Scene, Promise<unknown>>;
  beforeAll(async () => {
    impatientStage = await openStage([...scenes, ...atSignIn], { connectTimeoutSeconds: 6 });
    const ends = (run: Promise<void>): Promise<unknown> =>
      run.then(
        () => 'as required',
        (error) => error,
      );
    outcomes = new Map(
      [
        ...scenes.map((one) => [one, () => expectRefused(impatientStage, one, one.required)] as const),
        ...atSignIn.map((one) => [one, () => silentAtSignIn(one)] as const),
      ].map(([one, run]) => [one, ends(run())]),
    );
  });

  test.each([...scenes, ...atSignIn].map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    expect(await outcomes.get(one)).toBe('as required');
  });

  function silentAtSignIn(one: Scene): Promise<void> {
    const commands = {
      smtp: ['AUTH PLAIN AHUAcA=='],
      imap: ['a LOGIN u p'],
      pop3: ['USER u', 'PASS p'],
      nntp: ['AUTHINFO USER u', 'AUTHINFO PASS p'],
    };
    return expectRefusedAtSignIn(impatientStage, one, commands[one.upstream.protocol], 'upstream-timeout');
  }
});

describe('19: a FIN without close_notify', () => {
  const scenes: Scene[] = lineProtocols.map((protocol) => ({
    name: `19: ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit',
      async signedIn(connection) {
        await connection.say('the first half of a message\r\nand half a li');
        await connection.say({ instead: 'cut' });
      },
    },
  }));
  const behindLines: Scene[] = lineProtocols.map((protocol) => ({
    name: `19: twin: ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit',
      async signedIn(connection) {
        await connection.say('the last line\r\n');
        await connection.say({ instead: 'cut' });
      },
    },
  }));
  const whole: Scene = {
    name: '19: twin',
    upstream: {
      protocol: 'pop3',
      tls: 'implicit',
      async signedIn(connection) {
        await connection.say('the whole of a message\r\n');
        await connection.say({ instead: 'end' });
      },
    },
  };
  let cutStage: Stage;
  beforeAll(async () => {
    cutStage = await openStage([...scenes, ...behindLines, whole]);
  });

  test.each(scenes.map((one) => [one.name, one] as const))(
    '%s, in the middle of a line: never a clean end',
    async (_name, one) => {
      const client = await expectHonest(cutStage, one);
      expect(await client.line()).toBe('the first half of a message');
      expect(await client.ended).toBe('reset');
      expect((await client.bytes(13)).toString()).toBe('and half a li');
      const { relay } = cutStage.on(one);
      expect(await cutStage.postern.event('session-closed', (event) => event.relay === relay)).toMatchObject({
        ending: 'truncated',
        truncated: true,
      });
    },
  );

  test.each(behindLines.map((one) => [one.name, one] as const))(
    'honest: %s, behind a line: the same end',
    async (_name, one) => {
      const client = await expectHonest(cutStage, one);
      expect((await client.rest()).toString()).toBe('the last line\r\n');
      expect(await client.ended).toBe('end');
      client.finish();
      const { relay } = cutStage.on(one);
      expect(await cutStage.postern.event('session-closed', (event) => event.relay === relay)).toMatchObject({
        ending: 'clean',
        truncated: false,
      });
    },
  );

  test('honest: 19: an end that is announced is clean', async () => {
    const client = await expectHonest(cutStage, whole);
    expect((await client.rest()).toString()).toBe('the whole of a message\r\n');
    expect(await client.ended).toBe('end');
    client.finish();
    const { relay } = cutStage.on(whole);
    expect(await cutStage.postern.event('session-closed', (event) => event.relay === relay)).toMatchObject({
      ending: 'clean',
      truncated: false,
    });
  });
});

test.each(['none', 'plain', 'optional', 'STARTTLS', '', null, false, 'implicit '])(
  '20: the configuration asks for "tls": %j, and the product does not start',
  async (tls) => {
    const directory = join(scratchDirectory('none'), 'data');
    mkdirSync(directory, { mode: 0o700 });
    const relay = { name: 'r', protocol: 'smtp', listen: '127.0.0.1:0', server: 'localhost', port: 25, tls };
    const text = JSON.stringify({ version: 1, accounts: [{ name: 'A', relays: [relay] }] });
    writeFileSync(join(directory, 'config.json'), text);
    const program = join(root, 'dist', 'main', 'cli.js');
    const ran = await runProgram(process.execPath, [program, 'run', '--json', '--no-window', '--data-dir', directory]);
    expect([ran.code, ran.stdout.toString()]).toEqual([2, '']);
    expect(ran.stderr).toContain('accounts[0].relays[0].tls');
    expect(ran.stderr).toMatch(/"implicit" or "starttls"/);
  },
);

test.each(['implicit', 'starttls'] as const)(
  'honest: 20: the configuration asks for "tls": "%s", and mail goes through',
  async (tls) => {
    const scenes = lineProtocols.map((protocol): Scene => ({ name: `20: ${protocol}`, upstream: { protocol, tls } }));
    const asked = await openStage(scenes);
    for (const scene of scenes) {
      (await expectHonest(asked, scene)).finish();
      const { relay } = asked.on(scene);
      const verified = await asked.postern.event('session-verified', (event) => event.relay === relay);
      expect(verified.trust).toBe('verified');
    }
    await asked.stop();
  },
);

test('17, 64: nothing is left open behind all of this', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
  expect(toldAtGreeting.smtp.test('421 4.7.0 Postern: x')).toBe(false);
});
