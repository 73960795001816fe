import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckStep } from '../../proxy/contract/index.ts';
import { relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { lineProtocols } from '../support/line-protocols.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

async function coreWith(...upstreams: Partial<FakeUpstreamOptions>[]) {
  const relays = [];
  for (const [index, options] of upstreams.entries()) {
    const whole = { protocol: 'imap', tls: 'implicit', identity, users: { alice: 'secret' }, ...options } as const;
    const { port } = await startFakeUpstream(whole);
    relays.push(relayTo({ port, protocol: whole.protocol, tls: whole.tls }, { name: `${whole.protocol}-${index}` }));
  }
  return startCore({ authority, relays });
}

describe.each(['implicit', 'starttls'] as const)('%s', (tls) => {
  test('signs in through every relay and tells each step', async () => {
    const all = ['imap', 'smtp', 'pop3', 'nntp'] as const;
    const core = await coreWith(...all.map((protocol) => ({ protocol, tls })));
    const progress: CheckStep[] = [];
    const report = await core.proxy.commands.check({ user: 'alice', password: 'secret' }, (step) =>
      progress.push(step),
    );
    expect(report.relays.map(({ outcome, steps }) => [outcome, ...steps.map(({ step }) => step)])).toEqual([
      ['ok', 'connect', 'greeting', 'tls', 'sign-in', 'mailbox', 'sign-out'],
      ['ok', 'connect', 'greeting', 'tls', 'sign-in'],
      ['ok', 'connect', 'greeting', 'tls', 'sign-in', 'mailbox', 'sign-out'],
      ['ok', 'connect', 'greeting', 'tls', 'sign-in', 'mailbox', 'sign-out'],
    ]);
    expect(report.outcome).toBe('ok');
    expect(progress).toEqual(report.relays.flatMap(({ steps }) => steps));
    for (const relay of report.relays) {
      expect(relay).toMatchObject({ tlsVersion: 'TLSv1.3', trust: 'verified' });
      expect(Date.parse(relay.certificateExpires ?? '')).toBeGreaterThan(Date.now());
    }
  });
});

test('a relay is checked where it listens', async () => {
  const upstreams = [];
  for (const protocol of lineProtocols) {
    const { port } = await startFakeUpstream({ protocol, tls: 'implicit', identity, users: { alice: 'secret' } });
    upstreams.push(relayTo({ port, protocol, tls: 'implicit' }, { name: protocol, listen: '127.0.0.2:0' }));
  }
  const core = await startCore({ authority, relays: upstreams });
  const report = await core.proxy.commands.check({ user: 'alice', password: 'secret' });
  expect(report.relays.map(({ outcome }) => outcome)).toEqual(lineProtocols.map(() => 'ok'));
});

test('another program at 127.0.0.1 is a failure, whoever listens at ::1', async () => {
  const { port } = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const other = net.createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port: taken } = other.address() as AddressInfo;
    const core = await startCore({
      authority,
      relays: [relayTo({ port, protocol: 'imap', tls: 'implicit' }, { listen: taken })],
    });
    const kinds = core.proxy.state.get('relays', 'relay')?.listeners.map(({ status }) => status.kind);
    // At ::1 yet another program may have it.
    expect(kinds).toContain('failed');
    const { outcome, relays } = await core.proxy.commands.check({});
    expect(outcome).toBe('failed');
    expect(relays[0]?.steps.map(({ step, outcome: each }) => `${step} ${each}`)).toEqual(['connect failed']);
    expect(relays[0]?.diagnosis?.code).toBe('port-in-use');
  } finally {
    other.close();
  }
});

test('a wrong password is said to be one, for every protocol', async () => {
  const core = await coreWith(...lineProtocols.map((protocol) => ({ protocol })));
  const report = await core.proxy.commands.check({ user: 'alice', password: 'mistyped' });
  for (const { outcome, steps } of report.relays) {
    expect(outcome).toBe('failed');
    expect(steps.at(-1)).toMatchObject({
      step: 'sign-in',
      outcome: 'failed',
      message: expect.stringMatching(/^The server did not accept the user name and password\./),
    });
  }
  expect(JSON.stringify(report)).not.toContain('mistyped');
});

test('without a user name the sign-in is left out, and said to be', async () => {
  const core = await coreWith({});
  const report = await core.proxy.commands.check({});
  expect(report.outcome).toBe('ok');
  expect(report.relays[0]?.steps.at(-1)).toMatchObject({ step: 'sign-in', outcome: 'skipped' });
});

test('a refusal is told in the words that the state has for it', async () => {
  const core = await coreWith({ identity: selfSigned({ names: ['localhost'] }) });
  const report = await core.proxy.commands.check({ user: 'alice', password: 'secret' });
  expect(report.outcome).toBe('failed');
  expect(report.relays[0]?.steps.at(-1)).toMatchObject({
    step: 'greeting',
    outcome: 'failed',
    message: core.proxy.state.get('relays', 'imap-0')?.lastRefusal?.diagnosis.sentence,
  });
});

test('a server that breaks off in the sign-in is not taken for a wrong password', async () => {
  const breaking = {
    answer: (line: string) => (/LOGIN|AUTH|PASS/.test(line) ? ({ instead: 'end' } as const) : undefined),
  };
  const core = await coreWith(...lineProtocols.map((protocol) => ({ protocol, ...breaking })));
  const report = await core.proxy.commands.check({ user: 'alice', password: 'secret' });
  for (const { steps } of report.relays) {
    expect(steps.at(-1)).toMatchObject({
      step: 'sign-in',
      outcome: 'failed',
      message: expect.stringMatching(/hung up in the middle of the conversation/),
    });
  }
});

test('while Postern is paused nothing is checked, and no server is blamed or looked at', async () => {
  const upstream = await startFakeUpstream({ protocol: 'imap', tls: 'implicit', identity });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'imap', tls: 'implicit' })],
  });
  await core.proxy.commands.pause({});
  await expect(core.proxy.commands.check({})).rejects.toMatchObject({
    code: 'failed',
    message: 'Postern is paused and makes no connections. Resume it first.',
    first: 'resume',
  });
  expect(upstream.connections).toEqual([]);
  await core.proxy.commands.resume({});
  expect((await core.proxy.commands.check({})).outcome).toBe('ok');
});

test('an account that is not there is named', async () => {
  const core = await coreWith({});
  await expect(core.proxy.commands.check({ account: 'Nobody' })).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/^There is no account or relay named “Nobody”\. There is: “/),
  });
  const [account] = core.proxy.state.all('accounts');
  const { relays } = (await core.proxy.commands.configuration({})).accounts[0] ?? { relays: [] };
  for (const name of [account?.name ?? '', relays[0]?.name ?? '']) {
    await expect(core.proxy.commands.check({ account: name.toUpperCase() })).rejects.toMatchObject({
      message: `There is no account or relay named “${name.toUpperCase()}”. Did you mean “${name}”?`,
    });
  }
});
