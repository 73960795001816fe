/** Trust ends with what it was based on: at every step of a session, in every account, in every spelling. */

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Configuration, type ConfigurationInput, configurationSchema } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import {
  type FakeConnection,
  type FakeUpstream,
  type FakeUpstreamOptions,
  startFakeUpstream,
} from '../support/fake-upstream.ts';
import { type LineProtocol, lineProtocols, mailAndNews } from '../support/line-protocols.ts';
import { selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { holdsSecret } from './refusal.ts';
import { signInLines } from './sign-in-lines.ts';
import { authority, honest, password, toldAtGreeting, user, welcome } from './stage.ts';

const stranger = () => selfSigned({ names: ['localhost'] });
const silence = { instead: 'silence' } as const;

/** A server whose certificate a person has decided to trust, in front of a core of its own. */
async function trusted(protocol: LineProtocol, more: Partial<FakeUpstreamOptions> = {}) {
  const upstream = await startFakeUpstream({
    protocol,
    tls: 'implicit',
    identity: stranger(),
    users: { [user]: password },
    ...more,
  });
  const core = await startCore({ relays: [relayTo({ port: upstream.port, protocol, tls: 'implicit' })] });
  const asked = await RawClient.connect(core.port('relay'));
  expect(await asked.line()).toMatch(toldAtGreeting[protocol]);
  const { id } = await core.event('certificate-pending');
  await core.proxy.commands.approve({ id, remember: 'always' });
  const met = upstream.connections.length;
  return { upstream, core, id, next: () => upstream.connection(met) };
}

/** Waits for the handshake, on the server's side. */
async function secured(connection: FakeConnection): Promise<FakeConnection> {
  await until(() => connection.secured, 'the handshake is done');
  return connection;
}

/** The session is over for both sides, and the server has heard nothing more. */
async function expectEnded(core: Core, client: RawClient, connection: FakeConnection, heard: number): Promise<void> {
  expect(await core.event('session-closed', ({ ending }) => ending !== 'refused')).toMatchObject({
    ending: 'decision-forgotten',
  });
  await client.ended;
  await connection.stream.ended;
  expect(connection.inside().length).toBe(heard);
  expect(holdsSecret(connection.inside())).toBe(false);
}

/** Reads up to a line that matches. */
async function hear(client: RawClient, pattern: RegExp): Promise<void> {
  while (!pattern.test(await client.line()));
}

test.each(lineProtocols)('88: %s: forgotten while the server holds its greeting back', async (protocol) => {
  const on = await trusted(protocol);
  script(on.upstream, { inside: { greeting: silence } });
  const client = await RawClient.connect(on.core.port('relay'));
  const connection = await secured(await on.next());
  await on.core.proxy.commands.forget({ id: on.id });
  expect(await client.line()).toMatch(toldAtGreeting[protocol]);
  client.finish();
  await expectEnded(on.core, client, connection, 0);
});

test.each(lineProtocols.flatMap((protocol) => signInLines[protocol].map((_line, step) => [protocol, step] as const)))(
  '88: %s: forgotten before line %i of the sign-in is sent on',
  async (protocol, step) => {
    const on = await trusted(protocol);
    const client = await RawClient.connect(on.core.port('relay'));
    await hear(client, welcome[protocol]);
    for (const [said, heard] of signInLines[protocol].slice(0, step)) {
      client.send(`${said}\r\n`);
      await hear(client, heard);
    }
    const connection = await on.next();
    const before = connection.inside().length;
    // The line is on its way through this computer when the decision is forgotten.
    client.send(`${signInLines[protocol][step]?.[0]}\r\n`);
    await on.core.proxy.commands.forget({ id: on.id });
    await client.rest();
    client.finish();
    await expectEnded(on.core, client, connection, before);
  },
);

test.each(lineProtocols)('88: %s: forgotten while the server thinks about the sign-in', async (protocol) => {
  const last = signInLines[protocol].at(-1)?.[0];
  const on = await trusted(protocol, { answer: (line) => (line === last ? silence : undefined) });
  const client = await RawClient.connect(on.core.port('relay'));
  await hear(client, welcome[protocol]);
  for (const [said, heard] of signInLines[protocol].slice(0, -1)) {
    client.send(`${said}\r\n`);
    await hear(client, heard);
  }
  client.send(`${last}\r\n`);
  const connection = await on.next();
  await until(() => holdsSecret(connection.inside()), 'the server has the password');
  const before = connection.inside().length;
  await on.core.proxy.commands.forget({ id: on.id });
  // A success that comes too late opens nothing.
  connection.socket.write(
    { smtp: '235 2.7.0 yes\r\n', imap: 'b OK yes\r\n', pop3: '+OK yes\r\n', nntp: '281 yes\r\n' }[protocol],
  );
  client.send('NOOP raw\r\n');
  expect((await client.rest()).toString('latin1')).not.toContain('yes');
  await connection.stream.ended;
  expect(connection.inside().length).toBe(before);
});

test.each(lineProtocols)(
  '88: %s: forgotten at once after the approval that let a held mail program go on',
  async (protocol) => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() });
    const relay = relayTo({ port: upstream.port, protocol, tls: 'implicit' });
    const core = await startCore({ relays: [relay], settings: { certificateDecisionSeconds: 60 } });
    const client = await RawClient.connect(core.port('relay'));
    const { id } = await core.event('certificate-pending');
    script(upstream, { inside: { greeting: silence } });
    await core.proxy.commands.approve({ id, remember: 'once' });
    await core.proxy.commands.forget({ id });
    // Asked again, or ended: nothing was sent in either case.
    await Promise.race([
      client.line().then((line) => expect(line).toMatch(toldAtGreeting[protocol])),
      until(() => core.proxy.state.get('questions', id) !== undefined, 'it is asked again'),
    ]);
    for (const { inside } of upstream.connections) expect(inside().length).toBe(0);
  },
);

test.each(mailAndNews)(
  'honest: 88: %s: forgetting another decision, and another server, leaves the session alone',
  async (protocol) => {
    const upstreams = await Promise.all(
      ['slow', 'other'].map(() => startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() })),
    );
    const relays = upstreams.map(({ port }, at) => relayTo({ port, protocol, tls: 'implicit' }, { name: `r${at}` }));
    const core = await startCore({ relays });
    const ids: string[] = [];
    for (const { name } of relays) {
      await hear(await RawClient.connect(core.port(name)), toldAtGreeting[protocol]);
      const { id } = await core.event('certificate-pending', ({ relay }) => relay === name);
      await core.proxy.commands.approve({ id, remember: 'always' });
      ids.push(id);
    }
    const [slow] = upstreams as [FakeUpstream];
    script(slow, { inside: { greeting: silence } });
    const client = await RawClient.connect(core.port('r0'));
    const connection = await secured(await slow.connection(1));
    await core.proxy.commands.forget({ id: ids[1] ?? '' });
    connection.socket.write(protocol === 'pop3' ? '+OK at last\r\n' : '200 at last\r\n');
    expect(await client.line()).toMatch(welcome[protocol]);
  },
);

type AccountInput = ConfigurationInput['accounts'][number];

/** One account with one relay to a server of this process. */
function account(
  name: string,
  { port, options: { protocol } }: FakeUpstream,
  more: Partial<AccountInput['relays'][number]> = {},
): AccountInput {
  return { name, relays: [relayTo({ port, protocol, tls: 'implicit' }, { name: `${name} relay`, ...more })] };
}

async function apply(core: Core, change: (configuration: Configuration) => object): Promise<void> {
  const before = await core.proxy.commands.configuration({});
  await core.proxy.apply(configurationSchema.parse({ ...before, ...change(before) }));
}

/** From the next connection on the server follows this script. */
function script(upstream: FakeUpstream, next: Partial<FakeUpstreamOptions>): void {
  Object.assign(upstream.options, next);
}

async function first(core: Core, name: string): Promise<string> {
  const client = await RawClient.connect(core.port(`${name} relay`));
  const line = await client.line();
  client.finish();
  await client.ended;
  return line;
}

const questionsOf = (core: Core, name: string) =>
  core.proxy.state.all('questions').filter((question) => question.account === name);

const spellings: [name: string, server: string][] = [
  ['another account', 'localhost'],
  ['capitals', 'LocalHost'],
  ['a dot', 'localhost.'],
  ['both', 'LOCALHOST.'],
];

/** Signs in as a mail or news program does. */
async function signInAs(client: RawClient, protocol: (typeof mailAndNews)[number]): Promise<void> {
  const command = protocol === 'pop3' ? '' : 'AUTHINFO ';
  for (const line of ['USER user', 'PASS secret']) {
    expect(await client.pop3(`${command}${line}`)).toMatch(/^(?:\+OK|381|281)/);
  }
}

describe.each(mailAndNews)('%s', (protocol) => {
  /** A server that account A has verified, and that from now on presents a certificate nobody vouches for. */
  async function attacked(others: readonly [name: string, server: string][]) {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest });
    const accounts = [account('A', upstream), ...others.map(([name, server]) => account(name, upstream, { server }))];
    const core = await startCore({ authority, accounts });
    expect(await first(core, 'A')).toMatch(welcome[protocol]);
    script(upstream, { identity: stranger() });
    return { upstream, core };
  }

  test.each(spellings)('89: a server verified before can only be rejected in %s (%s)', async (name, server) => {
    const { core } = await attacked([[name, server]]);
    expect(await first(core, name)).toMatch(/Someone may be intercepting/);
    const [question] = questionsOf(core, name);
    expect(question).toMatchObject({ offers: ['reject'], history: { kind: 'verified-then-failing' } });
    const id = question?.id ?? '';
    await expect(core.proxy.commands.approve({ id, remember: 'once' })).rejects.toMatchObject({ code: 'not-offered' });
  });

  test.each([
    ['at once', ['B']],
    ['removed first, and added again under a new one', [null, 'B']],
    ['removed first, and added again under the old one', [null, 'A']],
  ] as const)('89: an account with a new name: %s', async (_, steps) => {
    const { core, upstream } = await attacked([]);
    for (const name of steps) await apply(core, () => ({ accounts: name === null ? [] : [account(name, upstream)] }));
    const name = steps.at(-1) ?? '';
    expect(await first(core, name)).toMatch(/Someone may be intercepting/);
    expect(questionsOf(core, name)).toMatchObject([{ offers: ['reject'] }]);
  });

  test('89: what another account was offered before the server proved itself is not open any more', async () => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() });
    const core = await startCore({ authority, accounts: [account('A', upstream), account('B', upstream)] });
    // B met the attack first, and somebody approved the certificate.
    await first(core, 'B');
    const id = questionsOf(core, 'B')[0]?.id ?? '';
    await core.proxy.commands.approve({ id, remember: 'always' });
    const attack = upstream.options.identity;
    script(upstream, { identity: honest });
    expect(await first(core, 'A')).toMatch(welcome[protocol]);
    script(upstream, { identity: attack });
    expect(await first(core, 'B')).toMatch(/Someone may be intercepting/);
    expect(core.proxy.state.all('decisions')).toEqual([]);
    expect(core.events.findLast(({ event }) => event === 'certificate-decided')).toMatchObject({
      id,
      decision: 'retired',
    });
  });

  test('honest: 89: forgotten, it is a new server for every account; a decision stays with its own', async () => {
    const { core } = await attacked([['B', 'LOCALHOST']]);
    for (const name of ['A', 'B']) await first(core, name);
    expect(core.proxy.state.all('servers')).toHaveLength(1);
    await core.proxy.commands.forget({ id: core.proxy.state.all('servers')[0]?.id ?? '' });
    for (const name of ['A', 'B']) {
      expect(questionsOf(core, name)).toMatchObject([
        { history: { kind: 'new' }, offers: ['reject', 'once', 'always'] },
      ]);
    }
    await core.proxy.commands.approve({ id: questionsOf(core, 'B')[0]?.id ?? '', remember: 'always' });
    expect(await first(core, 'B')).toMatch(welcome[protocol]);
    expect(await first(core, 'A')).toMatch(toldAtGreeting[protocol]);
  });

  /** A core whose account trusts a certificate that nobody vouches for. */
  async function decided(remember: 'once' | 'always' = 'always') {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() });
    const core = await startCore({ accounts: [account('A', upstream)] });
    await first(core, 'A');
    const id = questionsOf(core, 'A')[0]?.id ?? '';
    await core.proxy.commands.approve({ id, remember });
    expect(await first(core, 'A')).toMatch(welcome[protocol]);
    return { upstream, core, id };
  }

  test.each(['once', 'always'] as const)(
    '90: an account that is removed takes its decisions along (%s)',
    async (remember) => {
      const { upstream, core, id } = await decided(remember);
      await apply(core, () => ({ accounts: [] }));
      expect(core.proxy.state.all('decisions')).toEqual([]);
      await apply(core, () => ({ accounts: [account('A', upstream)] }));
      expect(await first(core, 'A')).toMatch(toldAtGreeting[protocol]);
      expect(questionsOf(core, 'A')).toMatchObject([{ id, history: { kind: 'new' } }]);
    },
  );

  test('90: an account that was removed while Postern did not run takes its decisions along', async () => {
    const { upstream, core } = await decided();
    await core.stop();
    const { dataDirectory } = core;
    const other = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest });
    await (await startCore({ dataDirectory, accounts: [account('B', other)] })).stop();
    const again = await startCore({ dataDirectory, accounts: [account('A', upstream)] });
    expect(await first(again, 'A')).toMatch(toldAtGreeting[protocol]);
  });

  test('90: nobody is asked any more about a server that no account uses', async () => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() });
    const core = await startCore({ accounts: [account('A', upstream)], settings: { certificateDecisionSeconds: 60 } });
    const client = await RawClient.connect(core.port('A relay'));
    const { id } = await core.event('certificate-pending');
    await apply(core, () => ({ accounts: [] }));
    expect(core.proxy.state.all('questions')).toEqual([]);
    expect(await client.line()).toMatch(toldAtGreeting[protocol]);
    await expect(core.proxy.commands.approve({ id, remember: 'always' })).rejects.toMatchObject({
      code: 'not-pending',
    });
  });

  test.each([
    ['holds its greeting back', { inside: { greeting: silence } }, toldAtGreeting[protocol]],
    ['is signed in to', {}, null],
  ] as const)('90: an authority that is taken out ends the session while the server %s', async (_, more, told) => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest, ...more });
    const core = await startCore({ authority, accounts: [account('A', upstream)] });
    const client = await RawClient.connect(core.port('A relay'));
    const connection = await secured(await upstream.connection(0));
    if (!told) {
      await hear(client, welcome[protocol]);
      await signInAs(client, protocol);
    }
    const heard = connection.inside().length;
    await apply(core, () => ({ certificateAuthorities: [] }));
    expect(await core.event('session-closed')).toMatchObject({ ending: 'authority-removed' });
    if (told) expect(await client.line()).toMatch(told);
    await client.ended;
    await connection.stream.ended;
    expect(connection.inside().length).toBe(heard);
    // And the next one leads to a question instead of being let in.
    script(upstream, { inside: {} });
    expect(await first(core, 'A')).toMatch(toldAtGreeting[protocol]);
  });

  test('90: an authority that is taken out ends the spare connection too', async () => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest });
    const accounts = [account('A', upstream)];
    const core = await startCore({ authority, accounts, settings: { spareConnections: true } });
    const client = await RawClient.connect(core.port('A relay'));
    await hear(client, welcome[protocol]);
    await signInAs(client, protocol);
    await until(() => core.proxy.state.get('relays', 'A relay')?.spare?.waiting === true, 'a spare waits');
    await apply(core, () => ({ certificateAuthorities: [] }));
    await (await upstream.connection(1)).stream.ended;
    expect(await first(core, 'A')).toMatch(toldAtGreeting[protocol]);
  });

  test('honest: 90: an account with a new name keeps its decisions; an authority that stays keeps its sessions', async () => {
    const { upstream, core } = await decided();
    const { relays } = account('A', upstream);
    await apply(core, () => ({ accounts: [{ name: 'B', relays }] }));
    expect(core.proxy.state.all('decisions')).toMatchObject([{ account: 'B', decision: 'always' }]);
    expect(await first(core, 'A')).toMatch(welcome[protocol]);

    const verified = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest });
    const other = await startCore({ authority, accounts: [account('V', verified)] });
    const client = await RawClient.connect(other.port('V relay'));
    await hear(client, welcome[protocol]);
    await apply(other, () => ({ settings: { certificateDecisionSeconds: 1 } }));
    await signInAs(client, protocol);
  });

  /** A mail program that is being held, and a paused Postern. */
  async function held(seconds = 60) {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: stranger() });
    const settings = { certificateDecisionSeconds: seconds };
    const core = await startCore({ accounts: [account('A', upstream)], settings });
    const client = await RawClient.connect(core.port('A relay'));
    const { id } = await core.event('certificate-pending');
    await core.proxy.commands.pause({});
    return { upstream, core, client, id };
  }

  test('91: paused while a mail program is held, then approved: nothing is dialled until Postern goes on', async () => {
    const { upstream, core, client, id } = await held();
    await core.proxy.commands.approve({ id, remember: 'always' });
    for (let count = 0; count < 50; count += 1) await turn();
    expect(upstream.connections).toHaveLength(1);
    expect(client.received.length).toBe(0);
    await core.proxy.commands.resume({});
    expect(await client.line()).toMatch(welcome[protocol]);
    expect(upstream.connections).toHaveLength(2);
  });

  test('91: a pause that outlasts the time to decide is told, and nothing was dialled', async () => {
    const { upstream, core, client, id } = await held(3);
    await core.proxy.commands.approve({ id, remember: 'always' });
    expect(await client.line()).toMatch(/^(?:-ERR \[SYS\/TEMP\]|400) Postern: Postern is paused\./);
    expect(await core.event('session-closed')).toMatchObject({ ending: 'paused' });
    expect(upstream.connections).toHaveLength(1);
  });

  test.each([
    ['before TLS', 'starttls', { plain: { greeting: silence } }],
    ['before its greeting', 'implicit', { inside: { greeting: silence } }],
  ] as const)('91: paused while a server is silent %s: the attempt ends', async (_, tls, more) => {
    const upstream = await startFakeUpstream({ protocol, tls, identity: honest, ...more });
    const core = await startCore({ authority, relays: [relayTo({ port: upstream.port, protocol, tls })] });
    const client = await RawClient.connect(core.port('relay'));
    const connection = await upstream.connection(0);
    if (tls === 'implicit') await secured(connection);
    await core.proxy.commands.pause({});
    expect(await client.line()).toMatch(/Postern is paused/);
    await connection.stream.ended;
    expect(connection.inside().length).toBe(0);
  });

  test('honest: 91: a session that was signed in goes on while Postern is paused', async () => {
    const upstream = await startFakeUpstream({ protocol, tls: 'implicit', identity: honest });
    const core = await startCore({ authority, accounts: [account('A', upstream)] });
    const client = await RawClient.connect(core.port('A relay'));
    await hear(client, welcome[protocol]);
    await signInAs(client, protocol);
    await core.proxy.commands.pause({});
    expect(await client.pop3(protocol === 'pop3' ? 'NOOP' : 'DATE')).toMatch(/^(?:\+OK|111)/);
  });
});
