/** The hostile cases for a directory: it is binary and greets nobody, so that they are told in messages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RefusalReason, TlsMode } from '../../proxy/contract/index.ts';
import { ber, berInteger } from '../../proxy/protocols/ber.ts';
import { readLdapHead } from '../../proxy/protocols/ldap-message.ts';
import { op, startTlsOid } from '../../proxy/protocols/ldap-operations.ts';
import {
  disconnectionNotice,
  ldapAnswer,
  ldapMessage,
  simpleBind,
  startTlsRequest,
  unbindRequest,
} from '../../proxy/protocols/ldap-writer.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type FakeDirectoryOptions, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { bound, done, extended, heardIn, referral, saslBind, search } from '../support/ldap-words.ts';
import { createAuthority, type Identity, issue, selfSigned, writeFiles } from '../support/pki.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { RawClient } from '../support/raw-client.ts';
import { gone, holdsSecret } from './refusal.ts';
import { mark, password, user } from './stage.ts';

interface Case {
  name: string;
  reason: RefusalReason;
  tls?: TlsMode;
  /** The server's TLS mode where it is not the one that the relay has. */
  speaks?: TlsMode;
  plain?: FakeDirectoryOptions['plain'];
  more?: Partial<FakeDirectoryOptions>;
  /** A person may decide otherwise. */
  approvable?: boolean;
}

const yes = (id: number) => ldapAnswer(id, op.extendedResponse, 0, '');
const says = (answer: (id: number) => Uint8Array): FakeDirectoryOptions['plain'] => ({ startTls: answer });
const odd = (id: number, ...more: Buffer[]) =>
  ldapMessage(id, op.extendedResponse, berInteger(0x0a, 0), ber(4), ber(4), ...more);

/** Before TLS, and in its place: the program hears one answer of ours, and the server nothing but the request for TLS. */
const cases: Case[] = [
  {
    name: '1: StartTLS is not known',
    reason: 'starttls-not-offered',
    plain: says((id) => ldapAnswer(id, op.extendedResponse, 2, mark)),
  },
  ...[1, 8, 12, 13, 50, 51, 52, 53, 80].map((value) => ({
    name: `2: StartTLS is answered with ${value}`,
    reason: 'starttls-refused' as const,
    plain: says((id) => ldapAnswer(id, op.extendedResponse, value, mark)),
  })),
  {
    name: '2: another number answers',
    reason: 'upstream-protocol',
    plain: says((id) => yes(id ^ 1)),
  },
  { name: '2: another kind of answer', reason: 'upstream-protocol', plain: says((id) => bound(id)) },
  {
    name: '2: a success with another name',
    reason: 'upstream-protocol',
    plain: says((id) => odd(id, ber(0x8a, Buffer.from('1.2')))),
  },
  {
    name: '2: a success with a referral',
    reason: 'upstream-protocol',
    plain: says((id) => odd(id, ber(0xa3, ber(4, Buffer.from('ldap://evil/'))))),
  },
  { name: '2: an indefinite length', reason: 'upstream-protocol', plain: says(() => Buffer.from('3080020101', 'hex')) },
  {
    name: '5: a notice of disconnection',
    reason: 'upstream-protocol',
    plain: says(() => disconnectionNotice(52, mark)),
  },
  {
    name: '5: a notice before the request',
    reason: 'upstream-protocol',
    plain: { greeting: disconnectionNotice(52, mark) },
  },
  {
    name: '12: a referral in answer to StartTLS',
    reason: 'starttls-refused',
    plain: says((id) => referral(id, op.extendedResponse, 'ldap://127.0.0.1:9/', 'ldaps://127.0.0.1:9/')),
  },
  { name: '16: silence', reason: 'upstream-timeout', plain: { startTls: () => ({ instead: 'silence' }) } },
  { name: '17: a reset', reason: 'upstream-closed', plain: { startTls: () => ({ instead: 'reset' }) } },
  {
    name: '18: plaintext on a TLS port',
    reason: 'tls-handshake-failed',
    tls: 'implicit',
    more: { handshake: { first: true, reply: disconnectionNotice(52, mark) } },
  },
  {
    name: '18: another protocol on the port',
    reason: 'upstream-protocol',
    plain: { greeting: `220 ${mark} ESMTP\r\n` },
  },
  { name: '21: a byte behind the go-ahead', reason: 'plaintext-after-starttls', plain: { behind: 'x' } },
  {
    name: '21: half a message behind the go-ahead',
    reason: 'plaintext-after-starttls',
    plain: { behind: bound(1).subarray(0, 5) },
  },
  { name: '21: an accepted bind behind the go-ahead', reason: 'plaintext-after-starttls', plain: { behind: bound(1) } },
  { name: '22: an accepted bind in a segment of its own', reason: 'tls-handshake-failed', plain: { later: bound(1) } },
  { name: '23: a go-ahead before the request', reason: 'upstream-protocol', plain: { greeting: yes(1) } },
  { name: '31: a web page', reason: 'upstream-protocol', plain: { greeting: `HTTP/1.1 200 OK\r\n\r\n${mark}` } },
  { name: '33: a stranger’s certificate', reason: 'certificate-undecided', tls: 'implicit', approvable: true },
  {
    name: '57: a length without end',
    reason: 'upstream-protocol',
    plain: says(() => Buffer.concat([Buffer.from('30847ffffff002010178847fffffe0', 'hex'), Buffer.alloc(100_000)])),
  },
];

let postern: Postern;
let authority: Identity;
const upstreams = new Map<string, FakeUpstream>();
const relayOf = (name: string) => name.replaceAll(/\W+/g, '-');

/** What the honest one does, and everything that misbehaves inside TLS. */
const inside: Record<string, FakeDirectoryOptions['answer']> = {
  honest: undefined,
  'wrong number': (said) => (said.includes(password) ? bound(9).toString('latin1') : undefined),
};

beforeAll(async () => {
  authority = createAuthority();
  const good = issue(authority, { names: ['localhost'] });
  const stranger = selfSigned({ names: ['localhost'] });
  const start = async (name: string, options: Omit<FakeDirectoryOptions, 'protocol' | 'identity' | 'users'>) => {
    const identity = name.startsWith('33') ? stranger : good;
    upstreams.set(
      name,
      await startFakeUpstream({ protocol: 'ldap', identity, users: { [user]: password }, ...options }),
    );
  };
  for (const { name, tls = 'starttls', plain = {}, more } of cases) await start(name, { tls, plain, ...more });
  for (const tls of ['implicit', 'starttls'] as const) {
    for (const [name, answer] of Object.entries(inside))
      await start(`${name} ${tls}`, { tls, ...(answer && { answer }) });
  }
  const relays = [...upstreams].map(([name, { port, options }]) => ({
    ...{
      name: relayOf(name),
      protocol: 'ldap' as const,
      listen: '127.0.0.1:0',
      server: 'localhost',
      address: '127.0.0.1',
    },
    ...{ port, tls: options.tls },
  }));
  postern = await startPostern({
    configuration: {
      version: 1,
      accounts: [{ name: 'A', relays }],
      certificateAuthorities: [writeFiles(scratchDirectory('authority'), authority).root],
      settings: { certificateDecisionSeconds: 0, connectTimeoutSeconds: 8, logLevel: 'trace' },
    },
  });
});

describe('before TLS', () => {
  test.each(cases)('$name', async ({ name, reason, tls = 'starttls', approvable = false }) => {
    const relay = relayOf(name);
    const upstream = upstreams.get(name);
    const from = postern.events.length;
    const client = await RawClient.connect(postern.port(relay));
    client.send(Buffer.concat([simpleBind(7, user, password), search(8)]));

    // Told, by the number of its own request, in words that blame no password.
    const heard = await client.rest();
    client.finish();
    expect(await client.ended).toBe('end');
    expect(heardIn(heard)).toMatchObject({
      id: 7,
      tag: op.bindResponse,
      code: 52,
      words: expect.stringMatching(/^Postern: [ -~]{15,}$/),
    });
    expect(heard.toString('latin1')).not.toContain(mark);

    // Refused: the server has heard the request for TLS at most, once, and nothing of the person's.
    const event = await postern.event('refused', (one) => one.relay === relay, from);
    await postern.event('session-closed', (one) => one.relay === relay, from);
    for (const connection of upstream?.connections ?? []) {
      await gone(connection);
      const plain = connection.stage === 'plain' ? connection.stream.received : connection.plaintext();
      const request = startTlsRequest(1);
      const asked = readLdapHead(plain);
      if (tls === 'starttls' && typeof asked !== 'string') {
        expect(plain.subarray(0, asked.end)).toEqual(startTlsRequest(asked.id));
      } else if (tls === 'starttls') expect(plain.length).toBe(0);
      expect(plain.length).toBeLessThan(request.length + (name.startsWith('22') || tls === 'implicit' ? 4000 : 5));
      expect(holdsSecret(plain) || holdsSecret(connection.inside())).toBe(false);
      expect(connection.inside().length).toBe(0);
    }

    // Stated.
    expect(event.reason).toBe(reason);
    expect(event.message.length).toBeGreaterThan(20);
    expect(JSON.stringify(event)).not.toContain(mark);
    const pending = postern.events.slice(from).filter((one) => one.event === 'certificate-pending');
    expect(pending.length > 0).toBe(approvable);
  });
});

describe.each(['implicit', 'starttls'] as const)('%s', (tls) => {
  const connect = (name: string) => RawClient.connect(postern.port(relayOf(`${name} ${tls}`)));

  test('honest: 1, 2, 5, 12, 17, 18, 21, 22, 23, 28, 31 to 33, 57, 61, 66, 71, 96: signs in and searches', async () => {
    const client = await connect('honest');
    client.send(simpleBind(7, user, password));
    expect(await client.bytes(bound(7).length)).toEqual(bound(7));
    client.send(Buffer.concat([search(8), unbindRequest(9)]));
    expect(await client.bytes(done(8).length)).toEqual(done(8));
    expect((await client.rest()).length).toBe(0);
  });

  test('27: what is pipelined behind its own request for TLS is handled in order; none of it was said in plaintext', async () => {
    const client = await connect('honest');
    client.send(Buffer.concat([extended(1, startTlsOid), simpleBind(2, user, password), extended(3, startTlsOid)]));
    const words = 'Postern: not needed here. The connection to the mail server is protected already.';
    const no = (id: number) => ldapAnswer(id, op.extendedResponse, 2, words);
    const all = Buffer.concat([no(1), bound(2), no(3)]);
    const heard = await client.bytes(all.length);
    // The third may be answered while the second is on its way.
    for (const each of [no(1), bound(2), no(3)]) expect(heard.includes(each)).toBe(true);
    client.send(unbindRequest(4));
    await client.rest();
    for (const connection of upstreams.get(`honest ${tls}`)?.connections ?? []) {
      expect(holdsSecret(connection.plaintext())).toBe(false);
    }
  });

  test('32: a sign-in whose answer has another number', async () => {
    const relay = relayOf(`wrong number ${tls}`);
    const from = postern.events.length;
    const client = await connect('wrong number');
    client.send(simpleBind(1, user, password));
    const heard = await client.rest();
    client.finish();
    expect(heardIn(heard)).toMatchObject({ id: 1, code: 52, words: expect.stringMatching(/^Postern: /) });
    const event = await postern.event('refused', (one) => one.relay === relay, from);
    expect(event).toMatchObject({ reason: 'upstream-protocol' });
  });

  test.each<[string, string | Buffer]>([
    ['66: a web page', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
    ['66: TLS', Buffer.from('160301002d01000029', 'hex')],
    ['28: a mail program', 'EHLO me\r\nAUTH PLAIN AGFkYQ==\r\n'],
    ['61: a bind that announces two gigabytes', Buffer.from('30847ffffff002010160847fffffe0', 'hex')],
    ['28: an indefinite length', Buffer.from('30800201016000', 'hex')],
  ])('%s gets no further', async (_what, said) => {
    const upstream = upstreams.get(`honest ${tls}`);
    const heardBefore = upstream?.connections.map((each) => each.inside().length).reduce((a, b) => a + b, 0);
    const client = await connect('honest');
    client.send(said);
    const heard = heardIn(await client.rest());
    expect(heard).toMatchObject({ id: 0, tag: op.extendedResponse, words: expect.stringMatching(/^Postern: /) });
    client.finish();
    expect(upstream?.connections.map((each) => each.inside().length).reduce((a, b) => a + b, 0)).toBe(heardBefore);
  });

  test('honest: 63: a few mistakes before the right password are forgiven', async () => {
    const client = await connect('honest');
    for (let id = 1; id < 6; id += 1) {
      client.send(simpleBind(id, user, 'wrong'));
      await client.bytes(bound(id, 49).length);
    }
    client.send(simpleBind(6, user, password));
    expect(await client.bytes(bound(6).length)).toEqual(bound(6));
    client.reset();
  });

  test('63: sign-ins that fail, in a loop, are told to stop', async () => {
    const client = await connect('honest');
    for (let id = 1; id < 20; id += 1) {
      client.send(simpleBind(id, user, 'wrong'));
      await client.bytes(bound(id, 49).length);
    }
    client.send(simpleBind(20, user, 'wrong'));
    await client.bytes(bound(20, 49).length);
    expect(heardIn(await client.rest())).toMatchObject({
      id: 0,
      words: expect.stringMatching(/too many commands that failed/),
    });
    client.finish();
  });
});

test('71, 96: the password is in no event, no log and no output, however it was said', async () => {
  for (const said of [
    simpleBind(1, password, password),
    saslBind(1, 'PLAIN', `\0${user}\0${password}`),
    saslBind(1, password, password),
    search(1, password),
    extended(1, password.replaceAll(/[^0-9.]/g, '1')),
  ]) {
    const client = await RawClient.connect(postern.port('honest-implicit'));
    client.send(Buffer.concat([said, unbindRequest(2)]));
    await client.rest();
    client.finish();
  }
  const logs = join(postern.dataDirectory, 'logs');
  const written = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'latin1'));
  expect(written.join('')).toContain('bindRequest (version 3, simple) ‹secret›'.normalize().slice(0, 30));
  expect(holdsSecret(written.join('') + JSON.stringify(postern.events) + postern.output())).toBe(false);
});
