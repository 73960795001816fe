/** A server whose certificate is valid except for the name: used under the other name, once that is verified. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { otherNames } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const [asked, hoster] = ['mail.customer.example', 'mail.hoster.example'];
let authority: Identity;
let shared: Identity;
beforeAll(() => {
  authority = createAuthority();
  shared = issue(authority, { names: [hoster, '*.hoster.example'] });
});

const imap = (identity: Identity) => startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
const smtp = (identity: Identity) => startFakeUpstream({ protocol: 'smtp', tls: 'starttls', identity });

/**
 * An account with these servers, all under the requested name: dialled at a fixed address, or looked up, where every
 * known name leads to this computer.
 */
async function coreWith(
  upstreams: FakeUpstream[],
  { dialled = true, known = [asked, hoster] } = {},
): Promise<Core & { lookedUp: string[] }> {
  const lookedUp: string[] = [];
  const relays = upstreams.map((upstream, at) => {
    const { protocol, tls } = upstream.options;
    const { address, ...relay } = relayTo(
      { port: upstream.port, protocol, tls },
      { name: `relay-${at}`, server: asked },
    );
    return dialled ? { ...relay, address } : relay;
  });
  const core = await startCore({
    authority,
    relays,
    async resolve(name) {
      lookedUp.push(name);
      if (known.includes(name)) return ['127.0.0.1'];
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    },
  });
  return { ...core, lookedUp };
}

async function question(core: Core) {
  await (await RawClient.connect(core.port('relay-0'))).line();
  const { id } = await core.event('certificate-pending');
  const row = core.proxy.state.get('questions', id);
  if (!row) throw new Error('no question');
  return row;
}

const configured = async (core: Core) => {
  const { accounts } = await core.proxy.commands.configuration({});
  return accounts.flatMap(({ relays }) => relays.map(({ server, address }) => ({ server, address })));
};
const saved = (core: Core) => existsSync(join(core.dataDirectory, 'config.json'));

test('every server of the account that had the old name is verified, changed, saved, and works', async () => {
  const [reading, sending] = [await imap(shared), await smtp(shared)];
  const core = await coreWith([reading, sending]);
  const { id } = await question(core);
  expect(await core.proxy.commands.renameServer({ id })).toEqual({
    account: 'Account',
    from: asked,
    to: hoster,
    relays: ['relay-0', 'relay-1'],
  });
  const place = { server: hoster, address: '127.0.0.1' };
  expect(await configured(core)).toEqual([place, place]);
  const file = JSON.parse(readFileSync(join(core.dataDirectory, 'config.json'), 'utf8'));
  expect(file.accounts[0].relays).toMatchObject([place, place]);
  expect(core.proxy.state.all('questions')).toEqual([]);
  expect(await (await RawClient.connect(core.port('relay-0'))).line()).toMatch(/^\* OK/);
  expect(core.proxy.state.get('relays', 'relay-0')?.lastVerified?.trust).toEqual({ kind: 'verified' });
  // Nobody signed in to find that out.
  for (const { connections } of [reading, sending]) {
    for (const connection of connections) expect(connection.inside().toString()).not.toMatch(/LOGIN|AUTH/i);
  }
});

describe('where the relay connects from then on', () => {
  test('to the addresses of the new name', async () => {
    const core = await coreWith([await imap(shared)], { dialled: false });
    await core.proxy.commands.renameServer({ id: (await question(core)).id, name: hoster.toUpperCase() });
    expect(core.lookedUp).toContain(hoster);
    expect(await configured(core)).toEqual([{ server: hoster, address: undefined }]);
  });

  test('where it was, when the new name has none', async () => {
    const core = await coreWith([await imap(shared)], { dialled: false, known: [asked] });
    await core.proxy.commands.renameServer({ id: (await question(core)).id });
    expect(await configured(core)).toEqual([{ server: hoster, address: asked }]);
  });
});

describe('nothing changes', () => {
  test('when one of the servers is not verified under the new name, and it is said why', async () => {
    const elsewhere = issue(authority, { names: ['smtp.else.example'] });
    const core = await coreWith([await imap(shared), await smtp(elsewhere)]);
    const before = await configured(core);
    const { id } = await question(core);
    await expect(core.proxy.commands.renameServer({ id })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(
        /^Nothing was changed: mail\.hoster\.example could not be verified\. .* It is for smtp\.else\.example/,
      ),
    });
    expect([await configured(core), saved(core)]).toEqual([before, false]);
    expect(core.proxy.state.get('questions', id)).toBeDefined();
  });

  test('when the server shows another certificate by then', async () => {
    const upstream = await imap(shared);
    const core = await coreWith([upstream]);
    const { id } = await question(core);
    upstream.options.identity = selfSigned({ names: [hoster] });
    await expect(core.proxy.commands.renameServer({ id })).rejects.toMatchObject({ code: 'failed' });
    expect(saved(core)).toBe(false);
  });

  test('while Postern is paused', async () => {
    const upstream = await imap(shared);
    const core = await coreWith([upstream]);
    const { id } = await question(core);
    await core.proxy.commands.pause({});
    const { length } = upstream.connections;
    await expect(core.proxy.commands.renameServer({ id })).rejects.toThrow(/paused/);
    expect(upstream.connections).toHaveLength(length);
  });

  test('when the name is none of the certificate', async () => {
    const core = await coreWith([await imap(shared)]);
    const { id } = await question(core);
    for (const name of ['mail.evil.example', 'x.hoster.example', '*.hoster.example', asked]) {
      await expect(core.proxy.commands.renameServer({ id, name })).rejects.toMatchObject({ code: 'not-offered' });
    }
    await expect(core.proxy.commands.renameServer({ id: 'ffffffff' })).rejects.toMatchObject({ code: 'not-pending' });
    expect(saved(core)).toBe(false);
  });
});

describe('not offered, and refused before anything connects', () => {
  test.each<[string, () => Identity]>([
    ['a certificate that signed itself', () => selfSigned({ names: [hoster] })],
    ['one of an authority that nobody knows', () => issue(createAuthority(), { names: [hoster] })],
    ['a pattern alone', () => issue(authority, { names: ['*.hoster.example'] })],
    ['one that has run out, too', () => issue(authority, { names: [hoster], notAfter: new Date(Date.now() - 1000) })],
  ])('%s', async (_, identity) => {
    const upstream = await imap(identity());
    const core = await coreWith([upstream]);
    const row = await question(core);
    expect(otherNames(row)).toEqual([]);
    const { length } = upstream.connections;
    await expect(core.proxy.commands.renameServer({ id: row.id })).rejects.toMatchObject({ code: 'not-offered' });
    expect([upstream.connections.length, saved(core)]).toEqual([length, false]);
  });

  test('a server that was verified before', async () => {
    const upstream = await imap(issue(authority, { names: [asked] }));
    const core = await coreWith([upstream]);
    expect(await (await RawClient.connect(core.port('relay-0'))).line()).toMatch(/^\* OK/);
    upstream.options.identity = shared;
    const row = await question(core);
    expect([row.problems, row.history.kind]).toEqual([['name-mismatch'], 'verified-then-failing']);
    expect(otherNames(row)).toEqual([]);
    await expect(core.proxy.commands.renameServer({ id: row.id })).rejects.toMatchObject({ code: 'not-offered' });
  });
});

test('a server of the account that proved itself under the old name keeps it', async () => {
  const core = await coreWith([await imap(shared), await smtp(issue(authority, { names: [asked] }))]);
  expect(await (await RawClient.connect(core.port('relay-1'))).line()).toMatch(/^220/);
  const { relays } = await core.proxy.commands.renameServer({ id: (await question(core)).id });
  expect(relays).toEqual(['relay-0']);
  expect((await configured(core)).map(({ server }) => server)).toEqual([hoster, asked]);
});
