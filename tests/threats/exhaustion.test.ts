/** Whatever tries to exhaust the product's memory, time or connections gets a bounded share. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd } from '../support/clean-up.ts';
import { kernelBytes } from '../support/kernel-buffers.ts';
import { type LineProtocol, lineProtocols, mailAndNews } from '../support/line-protocols.ts';
import { createAuthority, der, type Identity, issue } from '../support/pki.ts';
import { residentBytes } from '../support/process-files.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { expectRefused, type Required } from './refusal.ts';
import {
  authority,
  expectHonest,
  honest,
  impatience,
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

const megabyte = 1024 * 1024;
/** How much a flood may add to the memory in use, including garbage of the engine and of the TLS library. */
const bounded = 128 * megabyte;

/** How many sessions the product of the slow servers holds at once, and for how many seconds it waits for a server. */
const [most, patience] = [200, 2];

const endless: Record<LineProtocol, string> = {
  smtp: '250-more and more\r\n',
  imap: '* OK more and more\r\n',
  pop3: 'MORE\r\n',
  nntp: 'MORE\r\n',
};
const begins: Record<LineProtocol, string> = {
  smtp: '220-hi\r\n',
  imap: '* OK hi\r\n',
  pop3: '+OK hi\r\n',
  nntp: '200 hi\r\n',
};
const line = (protocol: LineProtocol) => Buffer.from(begins[protocol].trimEnd() + 'x'.repeat(10 * megabyte));
const lines = (protocol: LineProtocol, first = begins[protocol]) =>
  Buffer.from(first + endless[protocol].repeat(Math.ceil((10 * megabyte) / endless[protocol].length)));

const floods: Case[] = lineProtocols.flatMap((protocol) => {
  const scene = (what: string, upstream: Partial<Scene['upstream']>): Case => ({
    name: `57: ${what}, ${protocol}`,
    upstream: { protocol, tls: 'starttls', ...upstream },
    required: { reason: 'upstream-protocol' },
  });
  const list: Record<LineProtocol, Buffer> = {
    smtp: lines('smtp', '250-hi\r\n'),
    imap: lines('imap', ''),
    pop3: lines('pop3'),
    nntp: lines('nntp', '101 list\r\n'),
  };
  return [
    scene('a line without end as the greeting before TLS', { plain: { greeting: line(protocol) } }),
    scene('a line without end as the greeting inside TLS', { tls: 'implicit', inside: { greeting: line(protocol) } }),
    scene('a line without end to STARTTLS', { plain: { starttls: line(protocol) } }),
    ...(protocol === 'pop3'
      ? []
      : [
          scene('lines without end before TLS', { plain: { greeting: lines(protocol), capabilities: list[protocol] } }),
        ]),
    ...(protocol === 'imap' || protocol === 'nntp'
      ? [scene('capabilities without end inside TLS', { inside: { capabilities: list[protocol] } })]
      : []),
  ];
});
const floodAtSignIn: Scene[] = lineProtocols.flatMap((protocol) =>
  [
    ['a line without end', line(protocol)],
    [
      'lines without end',
      {
        smtp: lines('smtp', '250-hi\r\n'),
        imap: lines('imap', ''),
        pop3: lines('pop3'),
        nntp: lines('nntp', '101 list\r\n'),
      }[protocol],
    ],
  ].map(([what, reply]) => ({
    name: `57: ${what} as the answer to a command, ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit',
      answer: (said) => (/EHLO|NOOP|CAPA/.test(said) ? (reply as Buffer) : undefined),
    } satisfies Scene['upstream'],
  })),
);

function chain(depth: number): Identity {
  let issuer = authority;
  for (let level = 0; level < depth; level += 1) issuer = issue(issuer, { cn: `Level ${level}`, ca: true });
  return issue(issuer, { names: ['localhost'] });
}
const large = (bytes: number) => ({ oid: '1.3.6.1.4.1.99999.2', value: der(0x04, Buffer.alloc(bytes)) });
const lost = issue(createAuthority(), { names: ['localhost'] });
const certificates: Case[] = [
  {
    name: '59: a certificate of 15 MB',
    upstream: {
      protocol: 'imap',
      tls: 'implicit',
      identity: issue(authority, { names: ['localhost'], extensions: [large(15 * 1000 * 1000)] }),
    },
    required: { reason: 'tls-handshake-failed' },
  },
  {
    name: '59: a certificate of 1 MB, starttls',
    upstream: {
      protocol: 'smtp',
      tls: 'starttls',
      identity: issue(authority, { names: ['localhost'], extensions: [large(1000 * 1000)] }),
    },
    required: { reason: 'tls-handshake-failed' },
  },
  {
    name: '59: a chain of 100, nntp',
    upstream: { protocol: 'nntp', tls: 'implicit', identity: chain(100) },
    required: { reason: 'certificate-undecided', approvable: true },
  },
  {
    name: '59: a chain of 100 that leads nowhere',
    upstream: {
      protocol: 'pop3',
      tls: 'starttls',
      identity: { ...lost, chainPem: lost.certPem + chain(100).chainPem },
    },
    required: { reason: 'certificate-undecided', approvable: true },
  },
];
const deep: Scene = {
  name: 'honest: 59: a chain of four',
  upstream: { protocol: 'imap', tls: 'implicit', identity: chain(3) },
};

const twins = Object.fromEntries(
  lineProtocols.map((protocol) => [protocol, { name: `twin ${protocol}`, upstream: { protocol, tls: 'implicit' } }]),
) as Record<LineProtocol, Scene>;

/** More than the kernel holds on the way, so that the rest has to wait for the mail program. */
const downloadBytes = 2 * kernelBytes() + 100 * megabyte;
const downloads = mailAndNews.map(
  (protocol): Scene => ({
    name: `62: a download, ${protocol}`,
    upstream: {
      protocol,
      tls: 'implicit',
      async signedIn({ socket }) {
        const block = Buffer.alloc(256 * 1024, 'x');
        const blocks = Array.from({ length: downloadBytes / block.length }, () => block);
        await pipeline(Readable.from(blocks, { objectMode: true }), socket);
      },
    },
  }),
);

const dripping: Case[] = [];
const deaf = (['smtp', 'nntp'] as const).map(
  (protocol): Scene => ({
    name: `60: silent, ${protocol}`,
    upstream: { protocol, tls: 'implicit', handshake: { reply: { instead: 'silence' } } },
  }),
);

/** A server that sends one byte of `text` every 100 ms, in plaintext or inside TLS. */
async function drip(text: string, identity: Identity | null): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((raw) => {
    open.add(raw);
    raw.on('error', () => undefined);
    const socket = identity
      ? new TLSSocket(raw, { isServer: true, cert: identity.chainPem, key: identity.keyPem })
      : raw;
    socket.on('error', () => undefined);
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) return;
      socket.write(text.charAt(at % text.length));
      at += 1;
    }, 100);
    raw.once('close', () => {
      open.delete(raw);
      clearInterval(timer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

let stage: Stage;
let hasty: Stage;
beforeAll(async () => {
  stage = await openStage([...floods, ...floodAtSignIn, ...certificates, deep, ...Object.values(twins), ...downloads]);
  for (const protocol of lineProtocols) {
    const greeting = {
      smtp: '220-a\r\n',
      imap: '* OK [CAPABILITY a] b',
      pop3: '+OK abcdefghijklmnop',
      nntp: '200 abcd',
    }[protocol];
    for (const [where, tls, identity] of [
      ['before TLS', 'starttls', null],
      ['inside TLS', 'implicit', honest],
    ] as const) {
      dripping.push({
        name: `58: ${where}, ${protocol}`,
        upstream: { protocol, tls },
        relay: { port: await drip(greeting, identity) },
        required: { reason: 'upstream-timeout' },
      });
    }
  }
  dripping.push({
    name: '58: the handshake',
    upstream: { protocol: 'imap', tls: 'implicit' },
    relay: { port: await drip('\x16\x03\x03\x10\x00\x02\x00\x0f\xfc\x03\x03', null) },
    required: { reason: 'upstream-timeout' },
  });
  hasty = await openStage([...dripping, ...deaf], { connectTimeoutSeconds: patience, maxConnections: most });
});

test.each(floods.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const before = residentBytes(stage.pid);
  await expectRefused(stage, one, one.required);
  expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
});

test.each(floodAtSignIn.map((one) => [one.name, one] as const))('%s: told and over', async (_name, one) => {
  const { protocol } = one.upstream;
  const { port, relay } = stage.on(one);
  const before = residentBytes(stage.pid);
  const client = await RawClient.connect(port);
  expect(await client.line()).toMatch(welcome[protocol]);
  client.send({ smtp: 'EHLO me\r\n', imap: 'a NOOP\r\n', pop3: 'CAPA\r\n', nntp: 'CAPABILITIES\r\n' }[protocol]);
  const heard = (await client.rest()).toString('latin1');
  client.finish();
  expect(heard).toMatch(/(?:^|\n)(?:421 4\.7\.0|400|a NO \[UNAVAILABLE\]|-ERR \[SYS\/TEMP\]) Postern: /);
  expect(heard.length).toBeLessThan(megabyte);
  expect(await stage.postern.event('refused', (event) => event.relay === relay)).toMatchObject({
    reason: 'upstream-protocol',
  });
  expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
});

test('58: one byte now and then gains nothing: the whole attempt has one deadline', async () => {
  const outcomes = await Promise.allSettled(dripping.map((one) => expectRefused(hasty, one, one.required)));
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
});

test.each(certificates.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const before = residentBytes(stage.pid);
  await expectRefused(stage, one, one.required);
  expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
});

test('honest: 59: a chain of four is in order', async () => {
  (await expectHonest(stage, deep)).finish();
  expect(await stage.postern.event('session-verified', (event) => event.relay === stage.on(deep).relay)).toBeTruthy();
});

test('60: thousands of connections, smtp and nntp: a cap, told to those above it, and room again afterwards', async () => {
  const places = deaf.map((scene) => hasty.on(scene));
  const total = 3000;
  const each = total / places.length;
  const clients: { protocol: LineProtocol; client: RawClient }[] = [];
  const memory = residentBytes(hasty.pid);
  const begun = performance.now();
  for (let made = 0; made < each; made += 50) {
    const connected = places.flatMap(({ port, scene: { upstream } }) =>
      Array.from({ length: 50 }, async () => ({
        protocol: upstream.protocol as LineProtocol,
        client: await RawClient.connect(port),
      })),
    );
    clients.push(...(await Promise.all(connected)));
  }
  const heard = await Promise.all(
    clients.map(async ({ protocol, client }) => {
      const text = (await client.rest()).toString('latin1');
      client.finish();
      return [protocol, text] as const;
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  for (const [protocol, text] of heard) expect(text.slice(0, -2)).toMatch(toldAtGreeting[protocol]);
  const names = places.map(({ relay }) => relay);
  const refusals = () =>
    hasty.postern.events.flatMap((event) =>
      event.event === 'refused' && names.includes(event.relay ?? '') ? [event] : [],
    );
  const told = () => refusals().reduce((sum, { times }) => sum + (times ?? 1), 0);
  expect(residentBytes(hasty.pid) - memory).toBeLessThan(bounded);
  const reached = places.reduce((sum, { upstream }) => sum + upstream.connections.length, 0);
  // A place is held until the attempt has run out of time: the slower the programs come, the more of them find one.
  expect(reached).toBeLessThanOrEqual(most * Math.ceil(seconds / patience + 1));
  await hasty.atRest();
  const { tables } = await hasty.snapshot();
  for (const { relay, port } of places) {
    expect(tables.relays[relay]).toMatchObject({ sessionsOpen: 0, refusalsTotal: each });
    const again = await RawClient.connect(port);
    expect(await again.line()).not.toMatch(/more mail connections/i);
    again.finish();
  }
  // Those above the cap are reported one by one at first, and then together: once a minute, and when Postern ends.
  await hasty.stop();
  const all = total + places.length;
  await until(() => told() >= all, 'every refusal is on the event stream');
  const words = new Set(refusals().map(({ reason }) => reason));
  expect([...words].sort()).toEqual(['too-many-connections', 'upstream-timeout']);
  expect(told()).toBe(all);
  expect(refusals().length).toBeLessThan(total);
});

describe('61: commands that are too long', () => {
  const over = { smtp: /^500 5\.5\.6 /, imap: /^(?:a|\*) BAD /, pop3: /^-ERR /, nntp: /^501 / };
  const goesOn = {
    smtp: ['NOOP', /^250/],
    imap: ['z NOOP', /^z OK/],
    pop3: ['NOOP', /^\+OK/],
    nntp: ['DATE', /^111/],
  } as const;
  const filled = (start: string, length: number) => `${start}${'x'.repeat(length - start.length - 2)}\r\n`;
  const limits: [LineProtocol, string, number][] = [
    ['smtp', 'NOOP ', 512],
    ['smtp', 'AUTH XNONE ', 12_288],
    ['pop3', 'NOOP ', 255],
    ['pop3', 'USER ', 8199],
    ['pop3', 'AUTH XNONE ', 12_288],
    ['nntp', 'GROUP ', 512],
    ['nntp', 'AUTHINFO SASL XNONE ', 12_288],
    ['imap', 'a NOOP ', 8192],
    ['imap', 'a AUTHENTICATE XNONE ', 12_288],
  ];

  test.each(limits)('%s: %s at its limit of bytes and one above', async (protocol, start, limit) => {
    const { port, upstream } = stage.on(twins[protocol]);
    const from = upstream.connections.length;
    const client = await RawClient.connect(port);
    expect(await client.line()).toMatch(welcome[protocol]);
    client.send(filled(start, limit));
    // Whatever the server makes of it, it was passed on.
    await client.line();
    const connection = await upstream.connection(from);
    expect(connection.inside().length).toBe(limit);
    client.send(filled(start, limit + 1));
    expect(await client.line()).toMatch(over[protocol]);
    client.send(filled(start, 2 * megabyte));
    expect(await client.line()).toMatch(over[protocol]);
    const [next, answer] = goesOn[protocol];
    client.send(`${next}\r\n`);
    expect(await client.line()).toMatch(answer);
    expect(connection.inside().length).toBe(limit + next.length + 2);
    client.finish();
    await client.ended;
  });

  test.each(['{4294967295}', '{99999999999999999999}', '{16385}', '{65536}'])(
    'imap: the literal %s is turned down, and the session goes on',
    async (mark) => {
      const { port, upstream } = stage.on(twins.imap);
      const from = upstream.connections.length;
      const client = await RawClient.connect(port);
      expect(await client.line()).toMatch(welcome.imap);
      expect((await client.imap(`a LOGIN user ${mark}`)).at(-1)).toMatch(/^a BAD/);
      expect((await client.imap('z NOOP')).at(-1)).toMatch(/^z OK/);
      expect((await upstream.connection(from)).inside().toString()).not.toMatch(/LOGIN/);
      client.finish();
      await client.ended;
    },
  );

  test.each(['{4294967295+}', '{16385+}', '{99999999999999999999-}'])(
    'imap: the literal %s is not waited for: the session ends, unbuffered',
    async (mark) => {
      const { port, upstream } = stage.on(twins.imap);
      const from = upstream.connections.length;
      const before = residentBytes(stage.pid);
      const client = await RawClient.connect(port);
      expect(await client.line()).toMatch(welcome.imap);
      client.send(`a LOGIN user ${mark}\r\n`);
      client.send('x'.repeat(4 * megabyte));
      expect(await client.line()).toMatch(/BAD|BYE/);
      await client.ended;
      expect((await upstream.connection(from)).inside().toString()).not.toMatch(/LOGIN/);
      expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
    },
  );

  test.each(lineProtocols)('%s: a line of many megabytes without end is not kept', async (protocol) => {
    const before = residentBytes(stage.pid);
    const client = await RawClient.connect(stage.on(twins[protocol]).port);
    expect(await client.line()).toMatch(welcome[protocol]);
    const block = Buffer.alloc(megabyte, 'x');
    for (let sent = 0; sent < 32; sent += 1) {
      if (!client.socket.write(block)) await once(client.socket, 'drain');
    }
    expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
    client.send('\r\n');
    expect(await client.line()).toMatch(over[protocol]);
    client.finish();
    await client.ended;
  });
});

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

test.each(mailAndNews.map((protocol, at) => [protocol, downloads[at] as Scene] as const))(
  '62: %s: a download behind a program that does not read: bounded memory, no processor time',
  async (_, download) => {
    const before = residentBytes(stage.pid);
    const client = await expectHonest(stage, download);
    client.socket.pause();
    const { upstream } = stage.on(download);
    const connection = await upstream.connection(0);
    // Until nothing moves any more: every buffer along the way is full.
    let written = -1;
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const now = connection.socket.bytesWritten;
      const still = now === written;
      written = now;
      return still;
    }, 'the server is held back');
    // All but a little of it is in the kernel, on both hops.
    expect(written).toBeLessThan(2 * kernelBytes() + 2 * megabyte);
    expect(residentBytes(stage.pid) - before).toBeLessThan(64 * megabyte);
    // In hundredths of a second. What spins does so in every second; what is still moving on its way comes to rest.
    await until(async () => {
      const ticks = cpuTicks(stage.pid);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return cpuTicks(stage.pid) - ticks < 20;
    }, 'it takes no processor time');
    let received = client.received.length;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    client.socket.resume();
    await client.ended;
    expect(received).toBeGreaterThanOrEqual(downloadBytes);
    expect(residentBytes(stage.pid) - before).toBeLessThan(bounded);
    client.finish();
  },
);

describe('63: bad commands in a loop', () => {
  test.each(lineProtocols)('%s: an end after a limit', async (protocol) => {
    const { port } = stage.on(twins[protocol]);
    const client = await RawClient.connect(port);
    client.send(
      { smtp: 'XYZZY\r\n', imap: 'a XYZZY\r\n', pop3: 'XYZZY\r\n', nntp: 'XYZZY\r\n' }[protocol].repeat(1000),
    );
    const heard = (await client.rest()).toString('latin1');
    client.finish();
    expect(heard.split('\r\n').length).toBeLessThan(60);
    expect(heard.trimEnd().split('\r\n').at(-1)).toMatch(
      { smtp: /^421 /, imap: /^\* BYE /, pop3: /^-ERR \[SYS\/TEMP\] /, nntp: /^400 / }[protocol],
    );
  });

  test('honest: 63: mistakes between commands that work are forgiven', async () => {
    const client = await RawClient.connect(stage.on(twins.smtp).port);
    expect(await client.line()).toMatch(welcome.smtp);
    for (let round = 0; round < 30; round += 1) {
      expect(await client.smtp('XYZZY')).toEqual([expect.stringMatching(/^500/)]);
      expect(await client.smtp('NOOP')).toEqual([expect.stringMatching(/^250/)]);
    }
    client.finish();
    await client.ended;
  });
});

test('honest: 57 to 64: nothing is left open behind all of this, and the next session works', async () => {
  await expect.poll(() => socketsBesideListeners(stage)).toBeLessThan(12);
  for (const protocol of lineProtocols) {
    const client = await expectHonest(stage, twins[protocol]);
    expect(impatience[protocol].length).toBeGreaterThan(0);
    client.finish();
  }
});
