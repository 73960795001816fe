/** What Postern remembers between failures, over real connections and restarts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { concernsOf, relayStanding } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const day = 86_400_000;
let authority: Identity;
beforeAll(() => {
  authority = createAuthority();
});

const endingIn = (days: number) =>
  issue(authority, { names: ['localhost'], notAfter: new Date(Date.now() + days * day + 3_600_000) });

async function connect(core: Core, relay = 'relay'): Promise<string> {
  const client = await RawClient.connect(core.port(relay));
  const line = await client.line();
  client.finish();
  await client.ended;
  return line;
}

async function coreOn(options: Partial<FakeUpstreamOptions>, more: { dataDirectory?: string; port?: number } = {}) {
  const whole = { protocol: 'smtp', tls: 'starttls', identity: endingIn(60), ...options } as const;
  const upstream = await startFakeUpstream(whole);
  const relays = [relayTo({ port: upstream.port, protocol: whole.protocol, tls: whole.tls })];
  const { dataDirectory } = more;
  const core = await startCore({ authority, relays, ...(dataDirectory ? { dataDirectory } : {}) });
  return { core, upstream, relays };
}

function rowsOf({ proxy: { state } }: Core) {
  return {
    questions: state.all('questions'),
    decisions: state.all('decisions'),
    servers: state.all('servers'),
    relays: state.all('relays'),
  };
}

function alarmsOf(core: Core): string[] {
  const { alarms } = concernsOf(rowsOf(core));
  return alarms.map(({ account, relays, what }) => [account, ...relays, what].join(' '));
}

function standings(core: Core): string[] {
  const rows = rowsOf(core);
  const none = { count: 0, bytesUp: 0, bytesDown: 0, protection: null };
  return rows.relays.map((relay) => relayStanding(relay, none, concernsOf(rows), undefined, false).kind);
}

describe('a server that offered TLS before and suddenly does not', () => {
  const stripped = { capabilities: ['PIPELINING'], starttls: '502 5.5.1 Unknown\r\n' };

  test('is a sharper alert than one never seen, over a restart, and has no question to approve', async () => {
    const options: FakeUpstreamOptions = { protocol: 'smtp', tls: 'starttls', identity: endingIn(60) };
    const upstream = await startFakeUpstream(options);
    const relays = [relayTo({ port: upstream.port, protocol: 'smtp', tls: 'starttls' })];
    const before = await startCore({ authority, relays });
    expect(await connect(before)).toMatch(/^220/);
    await before.stop();

    options.plain = stripped;
    const after = await startCore({ authority, relays, dataDirectory: before.dataDirectory });
    expect(await connect(after)).toMatch(/^421 4\.7\.0 Postern: localhost offered encryption before/);
    const refused = await after.event('refused');
    expect(refused).toMatchObject({ reason: 'starttls-not-offered', code: 'encryption-vanished' });
    const today = new Date().toISOString().slice(0, 10);
    expect(after.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis?.sentence).toBe(
      `localhost offered encryption before (last on ${today}) and suddenly does not. Someone on the network may be stripping it. Nothing was sent.`,
    );
    expect(after.proxy.state.all('questions')).toEqual([]);
    expect(upstream.connections.at(-1)?.plaintext().toString()).toBe('EHLO [127.0.0.1]\r\nSTARTTLS\r\n');

    // It is removed with the account.
    await after.proxy.apply({ ...(await after.proxy.commands.configuration({})), accounts: [] });
    await after.stop();
    const anew = await startCore({ authority, relays, dataDirectory: before.dataDirectory });
    expect(await connect(anew)).toMatch(/localhost offers no encryption on port \d+\. .* It has no STARTTLS there\./);
    expect((await anew.event('refused')).code).toBe('plaintext-only');
  });

  test('is an alarm for every path to it, over a restart and other failures, until the server proves itself', async () => {
    const options: FakeUpstreamOptions = { protocol: 'smtp', tls: 'starttls', identity: endingIn(60) };
    const { port } = await startFakeUpstream(options);
    const one = relayTo({ port, protocol: 'smtp', tls: 'starttls' });
    const accounts = [
      { name: 'Account', relays: [one] },
      { name: 'Other', relays: [{ ...one, name: 'other' }] },
    ];
    const before = await startCore({ authority, accounts });
    expect(await connect(before)).toMatch(/^220/);
    expect(alarmsOf(before)).toEqual([]);
    options.plain = stripped;
    await connect(before);
    const both = ['Account relay encryption', 'Other other encryption'];
    expect(alarmsOf(before)).toEqual(both);
    await before.stop();

    const after = await startCore({ authority, accounts, dataDirectory: before.dataDirectory });
    expect(alarmsOf(after)).toEqual(both);
    expect(standings(after)).toEqual(['alarm', 'alarm']);
    options.plain = { greeting: '421 4.3.2 Not now\r\n' };
    await connect(after);
    expect(after.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis.code).not.toBe('encryption-vanished');
    expect(alarmsOf(after)).toEqual(both);
    options.plain = {};
    expect(await connect(after)).toMatch(/^220/);
    expect(alarmsOf(after)).toEqual([]);
    expect(await connect(after)).toMatch(/^220/);
    const over = { host: 'localhost', port, what: 'encryption' };
    expect(after.events.filter(({ event }) => event === 'alarm-ended')).toMatchObject([
      { ...over, account: 'Account' },
      { ...over, account: 'Other' },
    ]);
    await after.stop();
    const last = await startCore({ authority, accounts, dataDirectory: before.dataDirectory });
    expect(alarmsOf(last)).toEqual([]);
  });

  test('one that never did is told calmly', async () => {
    const { core } = await coreOn({ plain: stripped });
    await connect(core);
    expect((await core.event('refused')).code).toBe('plaintext-only');
  });

  test('so is a port for TLS at once on which the greeting comes in the clear', async () => {
    const options: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity: endingIn(60) };
    const { port } = await startFakeUpstream(options);
    const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
    expect(await connect(core)).toMatch(/^\* OK/);
    options.handshake = { first: true, reply: '* OK ready\r\n' };
    await connect(core);
    expect((await core.event('refused')).code).toBe('encryption-vanished');
  });
});

describe('the evidence of the last verified session', () => {
  test('is there after a restart, in a private file without anything secret', async () => {
    const identity = endingIn(60);
    const { core, relays } = await coreOn({ protocol: 'imap', tls: 'implicit', identity });
    await connect(core);
    const evidence = core.proxy.state.get('relays', 'relay')?.lastVerified;
    expect(evidence).toMatchObject({ tlsVersion: 'TLSv1.3', certificate: { fingerprint: identity.fingerprint } });
    await core.stop();
    const again = await startCore({ authority, relays, dataDirectory: core.dataDirectory });
    expect(again.proxy.state.get('relays', 'relay')?.lastVerified).toEqual(evidence);
    const moved = relays.map((relay) => ({ ...relay, server: 'other.test' }));
    await again.stop();
    const elsewhere = await startCore({ authority, relays: moved, dataDirectory: core.dataDirectory });
    expect(elsewhere.proxy.state.get('relays', 'relay')?.lastVerified).toBeNull();
    await elsewhere.stop();
    expect(readFileSync(join(core.dataDirectory, 'trust.json'), 'utf8')).not.toContain('TLS_AES');
  });
});

describe('a certificate that ends soon', () => {
  test.each([
    [10, 14],
    [2, 3],
  ])('in %d days: marked, and told once', async (days, threshold) => {
    const { core, relays } = await coreOn({ protocol: 'imap', tls: 'implicit', identity: endingIn(days) });
    await connect(core);
    await connect(core);
    const told = core.events.filter(({ event }) => event === 'certificate-expiring');
    expect(told).toMatchObject([{ relay: 'relay', host: 'localhost', threshold, daysLeft: days }]);
    expect(core.proxy.state.get('relays', 'relay')?.expiring).toMatchObject({ threshold });
    await core.stop();
    // After a restart it is marked, and not reported again.
    const again = await startCore({ authority, relays, dataDirectory: core.dataDirectory });
    expect(again.proxy.state.get('relays', 'relay')?.expiring).toMatchObject({ threshold });
    expect(again.events.filter(({ event }) => event === 'certificate-expiring')).toEqual([]);
  });

  test('14 days and 3 days are two warnings, also where nobody connects in between', async () => {
    const { core, relays } = await coreOn({ protocol: 'imap', tls: 'implicit', identity: endingIn(10) });
    await connect(core);
    await core.stop();
    const later = () => new Date(Date.now() + 8 * day);
    const again = await startCore({ authority, relays, dataDirectory: core.dataDirectory, now: later });
    const told = again.events.filter(({ event }) => event === 'certificate-expiring');
    expect(told).toMatchObject([{ threshold: 3, daysLeft: 2 }]);
  });

  test('one that was renewed is no news', async () => {
    const options: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity: endingIn(2) };
    const { port } = await startFakeUpstream(options);
    const core = await startCore({ authority, relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' })] });
    await connect(core);
    options.identity = endingIn(60);
    await connect(core);
    expect(core.proxy.state.get('relays', 'relay')?.expiring).toBeNull();
  });

  test('one that lasts is not told of', async () => {
    const { core } = await coreOn({ protocol: 'imap', tls: 'implicit', identity: endingIn(20) });
    await connect(core);
    expect(core.events.map(({ event }) => event)).not.toContain('certificate-expiring');
    expect(core.proxy.state.get('relays', 'relay')?.expiring ?? null).toBeNull();
  });
});
