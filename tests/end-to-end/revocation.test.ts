/**
 * Revoked certificates from the mail program's side: lists are fetched without its knowledge, and what they say is
 * final.
 */
import { readdirSync, statSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../../main/download.ts';
import type { KnownServer, RevocationStanding, Settings } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue, revocationList } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { day, from, type ListServer, startListServer } from '../trust/revocation/support.ts';

const root = createAuthority({ cn: 'Root' });

interface Stage {
  lists: ListServer;
  upstream: FakeUpstream;
  middle: Identity;
  leaf: Identity;
  dataDirectory: string;
  start(settings?: Partial<Settings>, now?: () => Date): Promise<Core>;
}

/** A POP3 server with a certificate of its own, whose authorities publish lists at `/leaf` and `/middle`. */
async function stage(more: { lists?: string[] } = {}): Promise<Stage> {
  const lists = await startListServer();
  const middle = issue(root, { ca: true, cn: 'Middle', lists: [lists.url('/middle')] });
  const leaf = issue(middle, { names: ['localhost'], lists: more.lists ?? [lists.url('/leaf')] });
  lists.put('/middle', revocationList(root));
  lists.put('/leaf', revocationList(middle));
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity: leaf });
  const dataDirectory = join(scratchDirectory('revocation'), 'data');
  const start = (settings: Partial<Settings> = {}, now = () => new Date()) =>
    startCore({
      authority: root,
      relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
      dataDirectory,
      download,
      settings,
      now,
    });
  return { lists, upstream, middle, leaf, dataDirectory, start };
}

async function connect(core: Core): Promise<RawClient> {
  return RawClient.connect(core.port('relay'));
}

/** Resolves when the state gives this status for the one server. */
function standing(core: Core, status: RevocationStanding['status']): Promise<RevocationStanding> {
  const { state } = core.proxy;
  const now = () => state.all('servers').flatMap(({ revocation }: KnownServer) => revocation ?? [])[0];
  return new Promise((resolve) => {
    const look = () => {
      const found = now();
      if (found?.status !== status) return;
      stop();
      resolve(found);
    };
    const stop = state.subscribe(look);
    look();
  });
}

/** One of the authorities revokes a certificate. @returns releases its list, which is withheld if `held` */
function revoke({ lists, middle, leaf }: Stage, which: 'leaf' | 'middle', held = false): () => void {
  const list =
    which === 'leaf'
      ? revocationList(middle, { revoked: [{ serial: leaf, reason: 1 }] })
      : revocationList(root, { revoked: [{ serial: middle, reason: 2 }] });
  let letGo = () => {};
  const free = held ? new Promise<void>((resolve) => (letGo = resolve)) : Promise.resolve();
  lists.put(`/${which}`, (_, response) => void free.then(() => response.end(list)));
  return letGo;
}

const refused = /^-ERR \[SYS\/TEMP\] Postern: The certificate of localhost was revoked by its authority\./;

test('a server whose certificates are on no list is good, and its row says how fresh that is', async () => {
  const { start, lists, dataDirectory } = await stage();
  const core = await start();
  expect(await (await connect(core)).line()).toMatch(/^\+OK/);
  const { checkedAt, nextUpdate, source } = await standing(core, 'good');
  expect(source).toBe('crl');
  expect(Math.abs(Date.now() - Date.parse(checkedAt))).toBeLessThan(60_000);
  expect(Date.parse(nextUpdate ?? '')).toBeGreaterThan(Date.now());
  expect(lists.asked.sort()).toEqual(['/leaf', '/middle']);
  await core.stop();
  const files = readdirSync(join(dataDirectory, 'crls')).map((name) => join(dataDirectory, 'crls', name));
  expect(files).toHaveLength(2);
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(statSync(join(dataDirectory, 'crls')).mode & 0o777).toBe(0o700);
});

describe.each(['leaf', 'middle'] as const)('a revoked certificate (%s)', (which) => {
  test('ends the sessions that rest on it, is refused, told and stated, and by the next start without the network', async () => {
    const set = await stage();
    const letGo = revoke(set, which, true);
    let core = await set.start();
    const client = await connect(core);
    // Nothing waits for a list: the server is verified before the first one is there.
    expect(await client.line()).toMatch(/^\+OK/);
    letGo();
    expect(String(await client.rest())).toMatch(/^-ERR .*has been revoked/);
    client.finish();
    expect(await core.event('session-closed')).toMatchObject({ ending: 'certificate-revoked' });
    expect(await standing(core, 'revoked')).toMatchObject({ source: 'crl' });

    for (const network of ['there', 'gone'] as const) {
      if (network === 'gone') {
        await core.stop();
        for (const path of ['/leaf', '/middle']) set.lists.put(path, (request) => request.socket.destroy());
        core = await set.start();
      }
      const before = set.upstream.connections.length;
      expect(await (await connect(core)).line()).toMatch(refused);
      expect(await core.event('refused')).toMatchObject({ reason: 'certificate-revoked' });
      expect(core.proxy.state.all('questions')).toEqual([]);
      expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('certificate-revoked');
      expect(await standing(core, 'revoked')).toMatchObject({ source: 'crl' });
      const heard = set.upstream.connections.slice(before).map((connection) => connection.inside().length);
      expect(heard).toEqual([0]);
    }
  });
});

test('a live session is ended when a later list names its certificate, in the middle of its raw bytes too', async () => {
  let ahead = 0;
  const set = await stage();
  const core = await set.start({}, () => from(ahead));
  const client = await connect(core);
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.pop3('USER user')).toMatch(/^\+OK/);
  expect(await client.pop3('PASS secret')).toMatch(/^\+OK/);
  await standing(core, 'good');
  const letGo = revoke(set, 'leaf', true);
  ahead = 2 * day;
  // The next connection is verified by what is known by then, and causes the lists to be checked.
  const next = await connect(core);
  expect(await next.line()).toMatch(/^\+OK/);
  letGo();
  expect(await client.ended).toBe('reset');
  expect(String(await next.rest())).toMatch(/^-ERR .*has been revoked/);
  expect(await (await connect(core)).line()).toMatch(refused);
  next.finish();
  for (const session of ['s1', 's2']) {
    const { ending } = await core.event('session-closed', (event) => event.session === session);
    expect(ending).toBe('certificate-revoked');
  }
});

describe('mail goes on, and the row says why nothing is known', () => {
  const imposter = createAuthority({ cn: 'Middle' });

  test.each<[string, (set: Stage) => void, string]>([
    ['a list that is not there', ({ lists }) => lists.put('/leaf', status(404)), 'status 404'],
    ['a list that nobody signed', ({ lists }) => lists.put('/leaf', revocationList(imposter)), 'is not signed'],
    [
      'a list of another authority',
      ({ lists }) => lists.put('/leaf', revocationList(root)),
      'comes from another authority',
    ],
    [
      'a list that is over',
      ({ lists, middle, leaf }) =>
        lists.put('/leaf', revocationList(middle, { nextUpdate: from(-day), revoked: [{ serial: leaf }] })),
      'is too old',
    ],
    [
      'a list that never begins',
      ({ lists }) => lists.put('/leaf', (request) => request.socket.destroy()),
      'the connection to its server failed',
    ],
    [
      'a circle of redirects',
      ({ lists }) => lists.put('/leaf', (_, response) => response.writeHead(302, { location: '/leaf' }).end()),
      'without an end',
    ],
    [
      'a list that is too large',
      ({ lists }) =>
        lists.put('/leaf', (_, response) => response.writeHead(200, { 'content-length': '99999999' }).end()),
      'it is larger than 16384 KiB',
    ],
  ])('with %s', async (_, arrange, why) => {
    const set = await stage();
    arrange(set);
    const core = await set.start();
    expect(await (await connect(core)).line()).toMatch(/^\+OK/);
    const { message, source, nextUpdate } = await standing(core, 'unknown');
    expect(message).toContain(why);
    expect(message).toMatch(/^Whether the certificate has been revoked is not known: .* Mail goes on\.$/);
    expect({ source, nextUpdate }).toEqual({ source: null, nextUpdate: null });
    expect(await (await connect(core)).line()).toMatch(/^\+OK/);
  });

  test('with a list that does not come, and Postern stops all the same', async () => {
    const set = await stage();
    const asked = new Promise<void>((resolve) => set.lists.put('/leaf', () => resolve()));
    const core = await set.start();
    expect(await (await connect(core)).line()).toMatch(/^\+OK/);
    await asked;
    expect(await (await connect(core)).line()).toMatch(/^\+OK/);
    await core.stop();
  });
});

test('nothing is fetched when that is switched off, and what was fetched before still counts', async () => {
  const set = await stage();
  let core = await set.start({ revocationLists: false });
  expect(await (await connect(core)).line()).toMatch(/^\+OK/);
  expect((await standing(core, 'unknown')).message).toContain('are not fetched now');
  expect(set.lists.asked).toEqual([]);
  await core.stop();

  revoke(set, 'leaf');
  core = await set.start();
  await (await connect(core)).line();
  await standing(core, 'revoked');
  await core.stop();
  set.lists.asked.length = 0;
  core = await set.start({ revocationLists: false });
  expect(await (await connect(core)).line()).toMatch(refused);
  await core.stop();
  expect(set.lists.asked).toEqual([]);
});

test('a list is never fetched from where secrets of this computer are', async () => {
  const set = await stage({ lists: ['http://169.254.169.254/latest', 'http://[fe80::1]/x', 'http://0.0.0.0/x'] });
  const core = await set.start();
  expect(await (await connect(core)).line()).toMatch(/^\+OK/);
  expect((await standing(core, 'unknown')).message).toContain(
    'its address is on this computer or a network of its own',
  );
});

function status(code: number): RequestListener {
  return (_, response) => response.writeHead(code).end();
}
