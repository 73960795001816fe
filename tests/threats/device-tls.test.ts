/** TLS between devices and Postern, with whoever is between the two in the local network. */

import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { balancer, beginTls, connectDevice, deviceInTls, only } from '../support/device.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols } from '../support/line-protocols.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const device = '192.168.7.20';
const secret = 'fledermaus-88';

/** What a device says, and what it hears. */
interface Words {
  greeting: RegExp;
  /** A question about what is on offer. */
  ask: string;
  offered: RegExp;
  /** What a list of what is on offer says of signing in. */
  signsIn: RegExp;
  startTls: string;
  goAhead: RegExp;
  signIn: string[];
  in: RegExp;
  tlsFirst: RegExp;
  tooLate: RegExp;
  already: RegExp;
  /** Stays at the server whatever follows; and what is asked behind it in the same segment. */
  stays: string[];
  behind: string;
}

const plain = Buffer.from(`\0user\0${secret}`).toString('base64');
const words: Record<LineProtocol, Words> = {
  smtp: {
    greeting: /^220 /,
    ask: 'EHLO device',
    offered: /^250[- ]STARTTLS$/m,
    signsIn: /AUTH/,
    startTls: 'STARTTLS',
    goAhead: /^220 2\.0\.0 Postern/,
    signIn: ['EHLO device', `AUTH PLAIN ${plain}`],
    in: /^235 /,
    tlsFirst: /^530 5\.7\.0 Postern/,
    tooLate: /^503 5\.5\.1 Postern.*too late/,
    already: /^503 5\.5\.1 Postern.*already/,
    stays: ['MAIL FROM:<scanner@example.org>'],
    behind: 'MAIL FROM:<eve@example.org>',
  },
  imap: {
    greeting: /^\* OK /,
    ask: 'a CAPABILITY',
    offered: /\bSTARTTLS\b/,
    signsIn: /AUTH=|SASL-IR/,
    startTls: 'b STARTTLS',
    goAhead: /^b OK Postern/,
    signIn: [`c LOGIN user ${secret}`],
    in: /^c OK/,
    tlsFirst: /^c NO \[PRIVACYREQUIRED\] Postern/,
    tooLate: /^b BAD Postern.*too late/,
    already: /^b BAD Postern.*already/,
    stays: ['d LOGIN user wrong'],
    behind: 'e LOGIN eve guess',
  },
  pop3: {
    greeting: /^\+OK /,
    ask: 'CAPA',
    offered: /^STLS$/m,
    signsIn: /^(?:USER|SASL)/m,
    startTls: 'STLS',
    goAhead: /^\+OK Postern/,
    signIn: ['USER user', `PASS ${secret}`],
    in: /^\+OK/,
    tlsFirst: /^-ERR \[SYS\/PERM\] Postern/,
    tooLate: /^-ERR Postern.*too late/,
    already: /^-ERR Postern.*already/,
    stays: ['USER eve'],
    behind: 'USER eve',
  },
  nntp: {
    greeting: /^20[01] /,
    ask: 'CAPABILITIES',
    offered: /^STARTTLS$/m,
    signsIn: /^(?:AUTHINFO|SASL)/m,
    startTls: 'STARTTLS',
    goAhead: /^382 Postern/,
    signIn: ['AUTHINFO USER user', `AUTHINFO PASS ${secret}`],
    in: /^281/,
    tlsFirst: /^483 Postern/,
    tooLate: /^502 Postern.*too late/,
    already: /^502 Postern.*already/,
    stays: ['GROUP misc.test'],
    behind: 'AUTHINFO USER eve',
  },
};

/** The relays of each protocol: how a device may encrypt. */
const ways = ['offer', 'require', 'implicit', 'old', 'off'] as const;
type Way = (typeof ways)[number];
const starttls = ['offer', 'require'] as const;

let core: Core;
const upstreams = {} as Record<LineProtocol, FakeUpstream>;
let outdated: FakeUpstream;
/** Takes messages of 1,000 bytes. */
let small: FakeUpstream;

beforeAll(async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const relays = [];
  for (const protocol of lineProtocols) {
    upstreams[protocol] = await startFakeUpstream({ protocol, tls: 'implicit', identity, users: { user: secret } });
    const to = { protocol, tls: 'implicit', port: upstreams[protocol].port } as const;
    const lan = { allow: [device], ...(protocol === 'smtp' ? {} : { reading: true }) };
    for (const way of ways) {
      const own = way === 'implicit' ? {} : way === 'old' ? { oldTls: true } : { localTls: way };
      const listen = way === 'implicit' ? 'tls://127.0.0.1:0' : '127.0.0.1:0';
      relays.push(
        relayTo(to, { name: `${protocol} ${way}`, listen, proxyProtocol: [balancer], lan: { ...lan, ...own } }),
      );
    }
  }
  outdated = await startFakeUpstream({
    ...{ protocol: 'smtp', tls: 'implicit', identity: issue(authority, { names: ['localhost'], key: 'rsa2048' }) },
    tlsOptions: only('TLSv1'),
  });
  const listen = 'tls://127.0.0.1:0';
  const bounds = { allow: [device], senders: ['scanner@example.org'], recipientsPerHour: 3 };
  const inside = { capabilities: ['SIZE 1000', 'AUTH PLAIN'] };
  small = await startFakeUpstream({ protocol: 'smtp', tls: 'implicit', identity, users: { user: secret }, inside });
  const sent = { protocol: 'smtp', tls: 'implicit', port: small.port } as const;
  for (const way of ['starttls', 'implicit'] as const) {
    const place = way === 'implicit' ? { listen } : {};
    relays.push(relayTo(sent, { name: `bounded ${way}`, ...place, proxyProtocol: [balancer], lan: bounds }));
  }
  const lan = { allow: [device], oldTls: true };
  const old = { name: 'old server', listen, proxyProtocol: [balancer], lan };
  relays.push(relayTo({ protocol: 'smtp', tls: 'implicit', port: outdated.port }, old));
  core = await startCore({ authority, relays });
});

const on = (protocol: LineProtocol, way: Way) => core.port(`${protocol} ${way}`);
const line = { smtp: 'smtpReply', imap: 'line', pop3: 'line', nntp: 'line' } as const;

/** A command and the answer to it, all lines. */
async function say(client: RawClient, protocol: LineProtocol, command: string): Promise<string> {
  const many = command === words[protocol].ask;
  if (protocol === 'smtp') return (await client.smtp(command)).join('\n');
  if (protocol === 'imap') return (await client.imap(command)).join('\n');
  client.send(`${command}\r\n`);
  const first = await client.line();
  if (!many || /^-|^[45]/.test(first)) return first;
  const lines = [first];
  for (let next = await client.line(); next !== '.'; next = await client.line()) lines.push(next);
  return lines.join('\n');
}

async function greeted(protocol: LineProtocol, client: RawClient): Promise<string> {
  const greeting = await client[line[protocol]]();
  const text = typeof greeting === 'string' ? greeting : greeting.join('\n');
  expect(text).toMatch(words[protocol].greeting);
  return text;
}

/** A device in plaintext, after the greeting. */
async function begin(protocol: LineProtocol, way: Way) {
  const socket = await connectDevice(on(protocol, way));
  const client = RawClient.over(socket);
  return { socket, client, greeting: await greeted(protocol, client) };
}

async function signIn(protocol: LineProtocol, client: RawClient): Promise<string> {
  let last = '';
  for (const command of words[protocol].signIn) last = await say(client, protocol, command);
  return last;
}

/** What the server was told by the session that came last. */
const told = (protocol: LineProtocol) => upstreams[protocol].connections.at(-1)?.inside().toString('latin1') ?? '';
const row = (protocol: LineProtocol, way: Way) => core.proxy.state.get('relays', `${protocol} ${way}`);

describe.each(lineProtocols)('%s', (protocol) => {
  const { ask, offered, signsIn, startTls, goAhead, tlsFirst, stays, behind } = words[protocol];

  test.each(starttls)('honest: 27, 111: a device asks for TLS (%s), and signs in inside it', async (way) => {
    const { socket, client, greeting } = await begin(protocol, way);
    const list = await say(client, protocol, ask);
    expect(list).toMatch(offered);
    if (protocol === 'imap' && /CAPABILITY/.test(greeting)) expect(greeting).toMatch(offered);
    expect(signsIn.test(list)).toBe(way === 'offer');
    expect(await say(client, protocol, startTls)).toMatch(goAhead);
    const secured = RawClient.over(await beginTls(socket));
    const inside = await say(secured, protocol, ask);
    expect(inside).not.toMatch(offered);
    expect(inside).toMatch(signsIn);
    expect(await say(secured, protocol, startTls)).toMatch(words[protocol].already);
    expect(await signIn(protocol, secured)).toMatch(words[protocol].in);
    expect(told(protocol)).not.toMatch(/STARTTLS|STLS/);
    expect(row(protocol, way)?.devices).toMatchObject([{ address: device, tls: 'TLSv1.3' }]);
    secured.socket.destroy();
  });

  test('honest: 111: a device speaks TLS from the first byte', async () => {
    const client = await deviceInTls(on(protocol, 'implicit'));
    await greeted(protocol, client);
    expect(await say(client, protocol, ask)).not.toMatch(offered);
    expect(await signIn(protocol, client)).toMatch(words[protocol].in);
    expect(row(protocol, 'implicit')?.devices).toMatchObject([{ address: device, tls: 'TLSv1.3' }]);
    client.socket.destroy();
  });

  test('honest: 111: a device without TLS is served where none is offered, and shown as one', async () => {
    const { client } = await begin(protocol, 'off');
    expect(await say(client, protocol, ask)).not.toMatch(offered);
    expect(await say(client, protocol, startTls)).not.toMatch(goAhead);
    expect(await signIn(protocol, client)).toMatch(words[protocol].in);
    expect(row(protocol, 'off')?.devices).toMatchObject([{ address: device, tls: null }]);
    client.socket.destroy();
  });

  test('111: where TLS is required, nothing but the request for it is carried out before', async () => {
    const { client } = await begin(protocol, 'require');
    await say(client, protocol, ask);
    expect(await say(client, protocol, words[protocol].signIn.at(-1) ?? '')).toMatch(tlsFirst);
    expect(told(protocol)).not.toContain(secret);
    expect(told(protocol)).not.toContain(plain);
    client.socket.destroy();
  });

  test('27: commands behind a device’s request for TLS, in its segment, are refused', async () => {
    const from = core.events.length;
    const { client } = await begin(protocol, 'offer');
    client.send(`${startTls}\r\n${behind}\r\n`);
    const rest = (await client.rest()).toString('latin1');
    expect(rest).toMatch(/Postern: Commands stood behind a device's request/);
    expect(rest).not.toMatch(goAhead);
    expect(told(protocol)).not.toContain('eve');
    const event = await core.event('refused', ({ code }) => code === 'device-plaintext-injected', from);
    expect(event).toMatchObject({ relay: `${protocol} offer`, reason: 'plaintext-after-starttls' });
  });

  test('27: commands between the go-ahead and a device’s handshake are no handshake', async () => {
    const from = core.events.length;
    const { socket, client } = await begin(protocol, 'offer');
    expect(await say(client, protocol, startTls)).toMatch(goAhead);
    client.send(`${behind}\r\n`);
    await expect(beginTls(socket)).rejects.toThrow();
    const event = await core.event('refused', ({ code }) => code === 'device-tls-failed', from);
    expect(event).toMatchObject({ relay: `${protocol} offer`, reason: 'device-tls-failed' });
    expect(told(protocol)).not.toContain('eve');
  });

  test('27: what stays at the server was not said by somebody else before a device’s TLS', async () => {
    const { client } = await begin(protocol, 'offer');
    if (protocol === 'smtp') await say(client, protocol, ask);
    for (const command of stays) await say(client, protocol, command);
    expect(await say(client, protocol, startTls)).toMatch(words[protocol].tooLate);
    client.socket.destroy();
  });
});

test('27: SMTP: an introduction before a device’s TLS counts for nothing inside', async () => {
  const { socket, client } = await begin('smtp', 'offer');
  await say(client, 'smtp', 'EHLO eve');
  await say(client, 'smtp', 'STARTTLS');
  const secured = RawClient.over(await beginTls(socket));
  expect(await say(secured, 'smtp', `AUTH PLAIN ${plain}`)).toMatch(/^503 5\.5\.1 Postern/);
  expect(await say(secured, 'smtp', 'MAIL FROM:<scanner@example.org>')).toMatch(/^503 5\.5\.1 Postern/);
  expect(await say(secured, 'smtp', 'EHLO device')).toMatch(/^250/);
  expect(await say(secured, 'smtp', `AUTH PLAIN ${plain}`)).toMatch(/^235/);
  secured.socket.destroy();
});

describe.each(['starttls', 'implicit'] as const)('what leaves is bounded inside a device’s TLS, too: %s', (way) => {
  const from = 'MAIL FROM:<scanner@example.org>';
  const to = 'RCPT TO:<alice@example.org>';

  /** A device in TLS, signed in. */
  async function inTls(): Promise<RawClient> {
    const socket = await connectDevice(core.port(`bounded ${way}`));
    if (way === 'starttls') {
      const client = RawClient.over(socket);
      await greeted('smtp', client);
      for (const command of ['EHLO device', 'STARTTLS']) await say(client, 'smtp', command);
    }
    const client = RawClient.over(await beginTls(socket));
    if (way === 'implicit') await greeted('smtp', client);
    expect(await signIn('smtp', client)).toMatch(/^235/);
    return client;
  }

  /** What a device hears behind each of these. */
  async function hears(...says: string[]): Promise<string[]> {
    const client = await inTls();
    const heard: string[] = [];
    for (const each of says) heard.push((await say(client, 'smtp', each)).slice(0, 9));
    client.socket.destroy();
    return heard;
  }
  const taken = () => small.connections.flatMap(({ messages }) => messages.map(String));

  test('109, 110: by sender, detours, size, the end of a text, and recipients within an hour', async () => {
    const [ok, goAhead] = ['250 2.0.0', '354 Go on'];
    const before = taken().length;
    const asked = small.connections.length;
    expect(await hears('MAIL FROM:<eve@example.org>', to)).toEqual(['550 5.7.1', '503 5.5.1']);
    const detours = ['a%b@example.org', 'example.net!a', '@example.net:a@example.org', '"a@b"@example.org'];
    expect(await hears(from, ...detours.map((each) => `RCPT TO:<${each}>`))).toEqual([
      ok,
      ...detours.map(() => '550 5.7.1'),
    ]);
    expect(await hears(`${from} SIZE=1001`, `${from} SIZE=1000`)).toEqual(['552 5.3.4', ok]);
    // The recipients of one hour: of an honest message, of one that is too large, and of one with two ends.
    expect(await hears(from, to, 'DATA', `honest ${way}\r\n.`)).toEqual([ok, ok, goAhead, ok]);
    expect(await hears(from, to, 'DATA', `${'x'.repeat(1000)}\r\n.`)).toEqual([ok, ok, goAhead, '552 5.3.4']);
    expect(await hears(from, to, 'DATA', 'x\n.')).toEqual([ok, ok, goAhead, '554 5.6.0']);
    expect(await hears(from, to, 'DATA')).toEqual([ok, '452 4.5.3', '503 5.5.1']);
    expect(taken().slice(before)).toEqual([`honest ${way}\r\n`]);
    const heard = small.connections.slice(asked).map((connection) => connection.inside().toString('latin1'));
    expect(heard.join('')).not.toMatch(/eve|[%!]|SIZE=1001/);
  });
});

test('112: a header in front of TLS that is none is answered with nothing that could be read', async () => {
  for (const says of ['PROXY TCP4 nonsense\r\n', 'EHLO device\r\n', `PROXY ${'x'.repeat(10_000)}`]) {
    const since = core.events.length;
    const socket = connect({ port: on('smtp', 'implicit'), host: '127.0.0.1', localAddress: balancer });
    const client = RawClient.over(socket);
    client.send(says);
    await client.ended;
    expect(client.received.length).toBe(0);
    const event = await core.event('refused', ({ code }) => code === 'proxy-header-invalid', since);
    expect(event).toMatchObject({ relay: 'smtp implicit', reason: 'proxy-header-invalid' });
  }
});

describe('111: TLS 1.0', () => {
  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not taken unless the relay says so, and is told', async (version) => {
    const from = core.events.length;
    await expect(deviceInTls(on('smtp', 'implicit'), only(version))).rejects.toThrow();
    const event = await core.event('refused', ({ code }) => code === 'device-tls-too-old', from);
    expect(event).toMatchObject({ relay: 'smtp implicit', reason: 'device-tls-failed' });
    expect(row('smtp', 'implicit')?.lastRefusal?.diagnosis.code).toBe('device-tls-too-old');
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)(
    'honest: 111: with "oldTls" %s is taken from a device, and the server gets 1.3 all the same',
    async (version) => {
      const from = core.events.length;
      const { socket, client } = await begin('smtp', 'old');
      await say(client, 'smtp', 'STARTTLS');
      const secured = RawClient.over(await beginTls(socket, only(version)));
      expect(await signIn('smtp', secured)).toMatch(/^235/);
      expect(row('smtp', 'old')?.devices).toMatchObject([{ address: device, tls: version }]);
      expect(row('smtp', 'old')?.oldTls).toBe('taken');
      expect(await core.event('session-verified', () => true, from)).toMatchObject({ tlsVersion: 'TLSv1.3' });
      secured.socket.destroy();
    },
  );

  test('"oldTls" is for the device alone: a server with nothing newer is refused as ever', async () => {
    const from = core.events.length;
    const client = await deviceInTls(core.port('old server'), only('TLSv1'));
    expect(await client.line()).toMatch(/^421 4\.7\.0 Postern/);
    const event = await core.event('refused', ({ relay }) => relay === 'old server', from);
    expect(event).toMatchObject({ reason: 'tls-too-old' });
    expect(outdated.connections.every(({ secured }) => !secured)).toBe(true);
  });
});

test('the certificate is Postern’s own, and the one that the window and the command show', async () => {
  const socket = await beginTls(await connectDevice(on('smtp', 'implicit')));
  const shown = core.proxy.state.get('core', 'core')?.localCertificate;
  const { pem, fingerprint } = await core.proxy.commands.localCertificate({});
  const presented = new X509Certificate(socket.getPeerCertificate().raw);
  expect(presented.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(shown?.fingerprint);
  expect(fingerprint).toBe(shown?.fingerprint);
  expect(new X509Certificate(pem).fingerprint256).toBe(presented.fingerprint256);
  expect(pem).not.toContain('PRIVATE');
  socket.destroy();
});

describe('raw bytes inside a device’s TLS', () => {
  const text = Buffer.from('a line of a long message, as it is, to its end\r\n'.repeat(60_000));

  test('all arrive, and the end with them', async () => {
    upstreams.imap.options.signedIn = async ({ socket }) => {
      socket.end(text);
    };
    const client = await deviceInTls(on('imap', 'implicit'));
    await greeted('imap', client);
    await signIn('imap', client);
    expect((await client.rest()).equals(text)).toBe(true);
    expect(await client.ended).toBe('end');
  });

  test('one that is cut in the middle of a line arrives so far, and ends with a reset', async () => {
    const part = text.subarray(0, text.length - 10);
    upstreams.imap.options.signedIn = async ({ socket, raw }) => {
      socket.write(part, () => raw.end());
    };
    const from = core.events.length;
    const client = await deviceInTls(on('imap', 'implicit'));
    await greeted('imap', client);
    await signIn('imap', client);
    expect((await client.bytes(part.length)).equals(part)).toBe(true);
    expect(await client.ended).toBe('reset');
    await core.event('session-closed', ({ ending }) => ending === 'truncated', from);
  });

  test('a device’s own end reaches the server behind its last byte', async () => {
    let heard = '';
    const ended = new Promise<void>((resolve) => {
      upstreams.imap.options.signedIn = async ({ socket, stream }) => {
        heard = (await stream.rest()).toString('latin1');
        socket.end('* BYE\r\n');
        resolve();
      };
    });
    const client = await deviceInTls(on('imap', 'implicit'));
    await greeted('imap', client);
    await signIn('imap', client);
    client.send('d NOOP\r\n');
    client.finish();
    await ended;
    expect(heard).toBe('d NOOP\r\n');
    expect((await client.rest()).toString()).toBe('* BYE\r\n');
  });
});
