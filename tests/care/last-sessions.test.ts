/** How the last session of each relay went, on real sockets and over restarts. */
import { chmodSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openLastSessions } from '../../proxy/care/last-sessions.ts';
import { diagnose, type RelayRow, standingRefusal } from '../../proxy/contract/index.ts';
import { createStateStore } from '../../proxy/state/store.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

const ada = { user: 'ada@example.org', password: 'correct horse' };
const forTheServer = `AUTH PLAIN ${Buffer.from(`\0${ada.user}\0${ada.password}`).toString('base64')}\r\n`;
const forNobody = `AUTH PLAIN ${Buffer.from(`\0${ada.user}\0wrong`).toString('base64')}\r\n`;

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

function smtp(more: Partial<FakeUpstreamOptions> = {}) {
  const users = { [ada.user]: ada.password };
  return startFakeUpstream({ protocol: 'smtp', tls: 'starttls', identity, users, ...more });
}

const relaysTo = (port: number) => [relayTo({ port, protocol: 'smtp', tls: 'starttls' })];
const row = (core: Core) => core.proxy.state.get('relays', 'relay') as RelayRow;
const file = (core: Core) => join(core.dataDirectory, 'last-sessions.json');

/** A session up to the answer to the sign-in, or to the refusal in place of the greeting. @returns the last line */
async function session(core: Core, signIn?: string): Promise<string> {
  const client = await RawClient.connect(core.port('relay'));
  let line = await client.line();
  if (signIn !== undefined && line.startsWith('220')) {
    client.send('EHLO old-pc\r\n');
    do line = await client.line();
    while (!line.startsWith('250 '));
    client.send(signIn);
    line = await client.line();
  }
  client.finish();
  await client.ended;
  return line;
}

async function restarted(core: Core, port: number): Promise<Core> {
  await core.stop();
  return startCore({ authority, relays: relaysTo(port), dataDirectory: core.dataDirectory });
}

describe('over restarts', () => {
  test('a refused server stays refused until a session is fine, and that success outlives the next restart', async () => {
    const bare = await smtp({ plain: { capabilities: ['PIPELINING'], starttls: '502 5.5.1 Unknown\r\n' } });
    const first = await startCore({ authority, relays: relaysTo(bare.port) });
    expect(await session(first)).toMatch(/^(?:421|554) .*Postern: /);
    const refused = row(first).lastRefusal;
    expect(refused).toMatchObject({ reason: 'starttls-not-offered' });
    expect(refused).not.toHaveProperty('beforeStart');

    const second = await restarted(first, bare.port);
    expect(row(second).lastRefusal).toEqual({ ...refused, beforeStart: true });
    expect(standingRefusal(row(second))).not.toBeNull();
    expect(row(second).lastSuccess).toBeNull();
    expect(statSync(file(second)).mode & 0o777).toBe(0o600);
    expect(second.events.filter(({ event }) => event === 'refused')).toEqual([]);

    // It is about this server: at another port nothing is known.
    const good = await smtp();
    const third = await restarted(second, good.port);
    expect(row(third)).toMatchObject({ lastRefusal: null, lastSuccess: null });
    expect(await session(third, forTheServer)).toMatch(/^235/);
    const { lastSuccess } = row(third);
    expect(lastSuccess).toMatch(/^\d{4}-/);
    const fourth = await restarted(third, good.port);
    expect(row(fourth)).toMatchObject({ lastRefusal: null, lastSuccess });
  });

  test('a wrong password is no success, and stands until somebody signs in', async () => {
    const upstream = await smtp();
    const first = await startCore({ authority, relays: relaysTo(upstream.port) });
    expect(await session(first, forNobody)).toMatch(/^535/);
    expect(row(first)).toMatchObject({ lastSuccess: null, lastVerified: { trust: { kind: 'verified' } } });
    // Verified once more, and nobody signs in.
    expect(await session(first)).toMatch(/^220/);
    expect(standingRefusal(row(first))).toMatchObject({ diagnosis: { code: 'wrong-password' } });
    const stored = () => readFileSync(file(first), 'utf8');

    const second = await restarted(first, upstream.port);
    expect(standingRefusal(row(second))).toMatchObject({
      reason: 'upstream-sign-in-failed',
      diagnosis: { code: 'wrong-password' },
      protection: { certificate: { fingerprint: row(first).lastVerified?.certificate.fingerprint } },
      beforeStart: true,
    });
    for (const secret of [ada.password, forNobody.trim().split(' ')[2] as string]) {
      expect(stored()).not.toContain(secret);
    }
    expect(await session(second, forTheServer)).toMatch(/^235/);
    expect(standingRefusal(row(second))).toBeNull();
    const third = await restarted(second, upstream.port);
    expect(standingRefusal(row(third))).toBeNull();
  });

  test('a rejected certificate is told as rejected; without the decision in trust.json, nothing of it is', async () => {
    const upstream = await smtp({ identity: selfSigned({ names: ['localhost'] }) });
    const first = await startCore({ authority, relays: relaysTo(upstream.port) });
    expect(await session(first)).toMatch(/^421 .*Postern: /);
    const [question] = first.proxy.state.all('questions');
    await first.proxy.commands.reject({ id: question?.id ?? '' });
    const second = await restarted(first, upstream.port);
    expect(row(second).lastRefusal).toMatchObject({ reason: 'certificate-rejected' });
    await second.stop();
    rmSync(join(second.dataDirectory, 'trust.json'));
    const third = await startCore({ authority, relays: relaysTo(upstream.port), dataDirectory: second.dataDirectory });
    expect(row(third).lastRefusal).toBeNull();
  });
});

describe('the file', () => {
  const at = '2026-11-20T10:00:00.000Z';
  const booted = Date.parse('2026-11-20T09:00:00Z');
  const now = () => new Date('2026-11-20T12:00:00Z');
  const path = { name: 'r', account: 'a', protocol: 'imap', server: 'imap.example.org', port: 993, tls: 'implicit' };
  const refused = { reason: 'upstream-timeout', code: 'server-timeout', facts: { server: 'imap.example.org' }, at };
  const whole = { version: 1, relays: [{ ...path, succeededAt: at, refused }] };

  /** Shows what a file says of the one relay there is. */
  async function shown(content: unknown, bootedAt = booted) {
    const directory = scratchDirectory('last');
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(directory, 'last-sessions.json'), text, { mode: 0o600 });
    return opened(directory, bootedAt);
  }

  async function opened(directory: string, bootedAt = booted) {
    const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    state.set('relays', 'r', { ...path, lastRefusal: null, lastVerified: null } as unknown as RelayRow);
    const last = await openLastSessions(directory, state, now, bootedAt);
    last.show();
    return { directory, state, last, row: () => state.get('relays', 'r') as RelayRow };
  }

  test('says what it holds, in the words of today', async () => {
    const on = await shown(whole);
    const { sentence } = diagnose({ code: 'server-timeout' }, { server: 'imap.example.org' });
    expect(on.row()).toMatchObject({
      lastSuccess: at,
      lastRefusal: { at, beforeStart: true, diagnosis: { sentence } },
    });
  });

  const first = whole.relays[0];
  const refusedAs = (more: object) => ({ version: 1, relays: [{ ...path, refused: { ...refused, ...more } }] });
  test.each([
    ['cut off', '{"version":1,"relays":['],
    ['empty', ''],
    ['of another version', { ...whole, version: 2 }],
    ['with an unknown key', { ...whole, more: 1 }],
    ['about another server', { version: 1, relays: [{ ...first, server: 'other.example.org' }] }],
    ['about another way of TLS', { version: 1, relays: [{ ...first, tls: 'starttls' }] }],
    ['with a code that there is not', refusedAs({ code: 'no-such-code' })],
    ['with facts that nothing can be made of', refusedAs({ code: 'self-signed', facts: { problems: 5 } })],
    ['with a server that is no name', refusedAs({ facts: { server: { toString: 1 } } })],
    ['of a clock that was ahead', refusedAs({ at: '2027-01-01T00:00:00Z' })],
  ])('%s costs the memory and no more', async (_, content) => {
    const on = await shown(content);
    expect(on.row().lastRefusal).toBeNull();
    on.state.patch('relays', 'r', { lastSuccess: at });
    await on.last.close();
    expect((await opened(on.directory)).row()).toMatchObject({ lastSuccess: at, lastRefusal: null });
  });

  test('what a network may have done is not told once the computer was started anew', async () => {
    const on = await shown(whole, Date.parse('2026-11-20T11:00:00Z'));
    expect(on.row()).toMatchObject({ lastRefusal: null, lastSuccess: at });
    const unencrypted = refusedAs({ reason: 'starttls-not-offered', code: 'plaintext-only' });
    expect((await shown(unencrypted, Date.parse('2026-11-20T11:00:00Z'))).row().lastRefusal).not.toBeNull();
  });

  test('a link in its place is not followed, and one that cannot be written harms nothing', async () => {
    const directory = scratchDirectory('last');
    const elsewhere = join(scratchDirectory('elsewhere'), 'file');
    writeFileSync(elsewhere, JSON.stringify(whole));
    symlinkSync(elsewhere, join(directory, 'last-sessions.json'));
    const on = await opened(directory);
    expect(on.row().lastRefusal).toBeNull();
    on.state.patch('relays', 'r', { lastSuccess: at });
    rmSync(directory, { recursive: true });
    await on.last.close();
    expect(JSON.parse(readFileSync(elsewhere, 'utf8'))).toEqual(whole);
  });

  test('a stranger, a device and the practice leave nothing in it; a start without relays takes nothing out', async () => {
    const on = await shown(whole);
    const about = (reason: string) => ({
      reason,
      message: '',
      at,
      diagnosis: diagnose({ code: 'not-a-mail-program' }),
    });
    on.state.patch('relays', 'r', { lastRefusal: about('client-not-mail') as RelayRow['lastRefusal'] });
    on.state.set('relays', 'p', { ...on.row(), name: 'p', server: 'practice.localhost' });
    await on.last.close();
    const kept = JSON.parse(readFileSync(join(on.directory, 'last-sessions.json'), 'utf8'));
    expect(kept).toEqual({ version: 1, relays: [{ ...path, succeededAt: at }] });

    const state = createStateStore({ version: '', startedAt: '', paused: false, questionsDropped: 0, warnings: [] });
    const bare = await openLastSessions(on.directory, state, now, booted);
    bare.show();
    await bare.close();
    expect(JSON.parse(readFileSync(join(on.directory, 'last-sessions.json'), 'utf8'))).toEqual(kept);
  });

  test('is tightened where others may read it', async () => {
    const on = await shown(whole);
    chmodSync(join(on.directory, 'last-sessions.json'), 0o644);
    await opened(on.directory);
    expect(statSync(join(on.directory, 'last-sessions.json')).mode & 0o777).toBe(0o600);
  });
});
