import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AccountConfiguration, describeHappening } from '../../proxy/contract/index.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { startCore } from '../support/core.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';

const real: AccountConfiguration = {
  name: 'Work',
  relays: [
    {
      ...{
        name: 'work',
        protocol: 'imap',
        listen: '127.0.0.1:0',
        server: 'imap.example.test',
        port: 993,
        tls: 'implicit',
      },
    },
  ],
};

const practiceRelays = ['practice-imap', 'practice-pop3', 'practice-smtp'];

async function practising() {
  const core = await startCore({ accounts: [], settings: { certificateDecisionSeconds: 60 } });
  const { commands, state } = core.proxy;
  await commands.startPractice({});
  return {
    ...core,
    commands,
    state,
    configuration: await commands.configuration({}),
    saved: () => JSON.parse(readFileSync(join(core.dataDirectory, 'config.json'), 'utf8')),
    practice: () => state.get('core', 'core')?.practice ?? null,
    listens: () => state.all('relays').map(({ name }) => name),
  };
}

/** Connects to a relay, which raises the question, and answers it. */
async function decide(core: Awaited<ReturnType<typeof practising>>, relay = 'practice-imap') {
  const client = await RawClient.connect(core.port(relay));
  const { id } = await core.event('certificate-pending', (event) => event.relay === relay);
  await core.commands.approve({ id, remember: 'always' });
  await client.line();
  return client;
}

/** A mail program meets the certificate of a relay, which raises a question. */
async function met(core: Awaited<ReturnType<typeof practising>>, relay: string) {
  const from = core.events.length;
  await RawClient.connect(core.port(relay));
  return core.event('certificate-pending', (event) => event.relay === relay, from);
}

test('stands in the state and in the configuration in force', async () => {
  const core = await practising();
  expect(core.practice()).toEqual({
    ...{ account: 'Practice', user: 'you@practice.localhost', password: 'practice' },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(core.configuration.accounts.map(({ name }) => name)).toEqual(['Practice']);
  expect(core.listens()).toEqual(practiceRelays);
});

test('starting it again, even at once, starts no second one', async () => {
  const core = await startCore({ accounts: [] });
  const { commands, state } = core.proxy;
  await Promise.all([commands.startPractice({}), commands.startPractice({})]);
  await commands.startPractice({});
  expect(state.all('relays')).toHaveLength(3);
});

test('of several that start at once each listens, whoever was first at the usual ports', async () => {
  const cores = await Promise.all([1, 2, 3, 4].map(() => startCore({ accounts: [] })));
  await Promise.all(cores.map(({ proxy }) => proxy.commands.startPractice({})));
  const ports = cores.flatMap((core) => practiceRelays.map((relay) => core.port(relay)));
  expect(new Set(ports).size).toBe(12);
  const listeners = cores.flatMap(({ proxy }) => proxy.state.all('relays').flatMap((row) => row.listeners));
  expect(listeners.filter(({ status }) => status.kind !== 'listening')).toEqual([]);
});

test('is refused where there is an account', async () => {
  const core = await startCore({ accounts: [real] });
  await expect(core.proxy.commands.startPractice({})).rejects.toThrow('There is an account already');
  expect(core.proxy.state.get('core', 'core')?.practice).toBeUndefined();
});

test('goes on through a change of settings, without losing a session, and is never in the file', async () => {
  const core = await practising();
  const client = await decide(core);
  const settings = { ...core.configuration.settings, certificateDecisionSeconds: 7 };
  await core.commands.configure({ configuration: { ...core.configuration, settings } });
  expect(core.practice()).not.toBeNull();
  expect(core.saved()).toMatchObject({ accounts: [], settings: { certificateDecisionSeconds: 7 } });
  expect((await client.imap('a LOGIN you@practice.localhost practice')).at(-1)).toBe('a OK Welcome');
});

test('may listen elsewhere', async () => {
  const core = await practising();
  const listen = `127.0.0.1:${await freePort()}`;
  const accounts = core.configuration.accounts.map((account) => ({
    ...account,
    relays: account.relays.map((relay) => (relay.protocol === 'imap' ? { ...relay, listen } : relay)),
  }));
  await core.commands.configure({ configuration: { ...core.configuration, accounts } });
  expect(core.practice()).not.toBeNull();
  expect(core.port('practice-imap')).toBe(Number(String(listen).split(':').at(-1)));
  expect(core.saved().accounts).toEqual([]);
});

test.each<[string, (practice: AccountConfiguration) => AccountConfiguration[], string[]]>([
  ['dismissed', () => [], []],
  ['the first real account is added beside it', (practice) => [practice, real], ['work']],
  ['a real account takes its place', () => [real], ['work']],
])('is gone when %s', async (_, accounts, names) => {
  const core = await practising();
  await decide(core);
  const [practice] = core.configuration.accounts;
  if (!practice) throw new Error('there is no practice account');
  const { port } = practice.relays[0] ?? { port: 0 };
  await core.commands.configure({ configuration: { ...core.configuration, accounts: accounts(practice) } });
  expect(core.practice()).toBeNull();
  expect(core.listens()).toEqual(names);
  expect([...core.state.all('questions'), ...core.state.all('decisions'), ...core.state.all('servers')]).toEqual([]);
  expect(core.saved().accounts.map(({ name }: AccountConfiguration) => name)).toEqual(
    accounts(practice)
      .slice(-1)
      .map((each) => each.name),
  );
  await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  // Whoever reads of it learns why.
  const forgotten = core.events.flatMap((event) =>
    event.event === 'certificate-decided' && event.decision === 'forgotten' ? [event.with] : [],
  );
  expect(forgotten).toEqual(['account', 'account', 'account']);
});

test('a session that is open when it ends is ended', async () => {
  const core = await practising();
  const open = await decide(core);
  await core.commands.configure({ configuration: { ...core.configuration, accounts: [] } });
  expect(await open.ended).toBeDefined();
});

test('a mail program that waits for the answer when it ends is told', async () => {
  const core = await practising();
  const waiting = await RawClient.connect(core.port('practice-pop3'));
  await core.event('certificate-pending', ({ relay }) => relay === 'practice-pop3');
  await core.commands.configure({ configuration: { ...core.configuration, accounts: [] } });
  expect((await waiting.rest()).toString()).toMatch(/^-ERR \[SYS\/TEMP\]/);
});

test('its one certificate is asked about once, and has the fingerprint that was told before', async () => {
  const core = await practising();
  const clients = [
    await RawClient.connect(core.port('practice-imap')),
    await RawClient.connect(core.port('practice-smtp')),
  ];
  await until(() => core.state.all('questions')[0]?.relays.length === 2, 'both wait for the answer');
  const pending = core.events.filter((event) => event.event === 'certificate-pending');
  expect(pending).toHaveLength(1);
  expect(core.state.all('questions')).toHaveLength(1);
  const { id, fingerprint } = pending[0] ?? { id: '', fingerprint: '' };
  expect(fingerprint).toBe(core.practice()?.fingerprint);
  await core.commands.approve({ id, remember: 'once' });
  for (const client of [...clients, await RawClient.connect(core.port('practice-pop3'))]) {
    expect(await client.line()).toMatch(/^(?:\* OK|220 |\+OK)/);
  }
  expect(core.state.all('questions')).toEqual([]);
  expect(core.state.all('decisions').map(({ decision }) => decision)).toEqual(['once', 'once', 'once']);
});

test('rejected once, it is rejected at every port', async () => {
  const core = await practising();
  const client = await RawClient.connect(core.port('practice-imap'));
  const { id } = await core.event('certificate-pending', ({ relay }) => relay === 'practice-imap');
  await core.commands.reject({ id });
  expect(await client.line()).toMatch(/^\* BYE/);
  const smtp = await RawClient.connect(core.port('practice-smtp'));
  expect(await smtp.line()).toMatch(/^421 .*rejected/);
});

test.each(['approve', 'reject'] as const)('%s, forgotten at one port, is forgotten at every port', async (answer) => {
  const core = await practising();
  const { id } = await met(core, 'practice-imap');
  await (answer === 'approve' ? core.commands.approve({ id, remember: 'always' }) : core.commands.reject({ id }));
  await until(() => core.state.all('decisions').length === 3, 'it is decided at every port');
  const atSmtp = core.state.all('decisions').find((row) => row.id !== id);
  await core.commands.forget({ id: atSmtp?.id ?? '' });
  await until(() => core.state.all('decisions').length === 0, 'it is forgotten at every port');
  // It can be decided again, once for every port.
  for (const relay of practiceRelays) await RawClient.connect(core.port(relay));
  await until(() => core.state.all('questions')[0]?.relays.length === 3, 'every port waits for the answer');
  expect(core.state.all('questions')).toHaveLength(1);
});

test('what a killed one left is forgotten by the next, which says why', async () => {
  const core = await practising();
  await decide(core);
  const file = join(core.dataDirectory, 'trust.json');
  await until(() => JSON.parse(readFileSync(file, 'utf8')).decisions.length === 3, 'the decisions are kept');
  const left = readFileSync(file);
  const dataDirectory = scratchDirectory('killed');
  writeFileSync(join(dataDirectory, 'trust.json'), left, { mode: 0o600 });
  const next = await startCore({ accounts: [], dataDirectory });
  await next.proxy.commands.startPractice({});
  const forgotten = next.proxy.state.all('activity').filter((row) => row.kind === 'certificate-decided');
  expect(forgotten.map((row) => describeHappening(row, String).text)).toEqual(
    Array(3).fill('The practice has ended, and the next one has another certificate'),
  );
});

test('can be had again after it was dismissed', async () => {
  const core = await practising();
  await core.commands.configure({ configuration: { ...core.configuration, accounts: [] } });
  await core.commands.startPractice({});
  expect(core.practice()).not.toBeNull();
  await decide(core);
});

test('nothing that was decided about it outlives the core', async () => {
  const core = await practising();
  await decide(core);
  await core.stop();
  expect(JSON.parse(readFileSync(join(core.dataDirectory, 'trust.json'), 'utf8'))).toMatchObject({
    decisions: [],
    questions: [],
  });
});
