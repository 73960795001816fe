/**
 * Trust and its end for an address book: its program speaks first, and is told in messages. What happens to a certificate
 * is the same for every protocol; what a program hears of it, and what a directory must not hear, is not.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Configuration, type ConfigurationInput, configurationSchema } from '../../proxy/contract/index.ts';
import { code, op } from '../../proxy/protocols/ldap-operations.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import {
  type FakeConnection,
  type FakeDirectoryOptions,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.ts';
import { honestHalf } from '../support/honest-half.ts';
import { bound, done, type Heard, nextAnswer, saslBind, search } from '../support/ldap-words.ts';
import { createAuthority, type Identity, issue, keyPair, selfSigned } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';
import { until } from '../support/service.ts';
import { holdsSecret } from './refusal.ts';
import { authority, honest, mark, password, user } from './stage.ts';

const names = ['localhost'];
const stranger = () => selfSigned({ names });
const silence = { instead: 'silence' } as const;

async function directory(identity: Identity, more: Partial<FakeDirectoryOptions> = {}): Promise<FakeUpstream> {
  const users = { [user]: password };
  return startFakeUpstream({ protocol: 'ldap', tls: 'starttls', identity, users, ...more });
}

type AccountInput = ConfigurationInput['accounts'][number];
function account(
  name: string,
  { port, options: { tls } }: FakeUpstream,
  more: Partial<AccountInput['relays'][number]> = {},
): AccountInput {
  return { name, relays: [relayTo({ port, protocol: 'ldap', tls }, { name, ...more })] };
}

/** A program that asks at once, as all do, and what it hears. */
async function signsIn(core: Core, relay: string): Promise<Heard & { client: RawClient }> {
  const client = await RawClient.connect(core.port(relay));
  client.send(simpleBind(7, user, password));
  return { ...(await nextAnswer(client)), client };
}

/** Not now, by the number of its own request, in words of ours that blame no password and hold nothing of the server's. */
const notNow = {
  id: 7,
  tag: op.bindResponse,
  code: code.unavailable,
  words: expect.stringMatching(/^Postern: [ -~]{15,}$/),
};
const welcome = { id: 7, tag: op.bindResponse, code: code.success, words: '' };

const questionsOf = (core: Core, name: string) =>
  core.proxy.state.all('questions').filter((question) => question.account === name);
const present = (upstream: FakeUpstream, identity: Identity) => Object.assign(upstream.options, { identity });
const heardInside = (upstream: FakeUpstream) => Buffer.concat(upstream.connections.map(({ inside }) => inside()));

async function apply(core: Core, change: (configuration: Configuration) => object): Promise<void> {
  const before = await core.proxy.commands.configuration({});
  await core.proxy.apply(configurationSchema.parse({ ...before, ...change(before) }));
}

/** Refused until a person approves it. */
async function approved(core: Core, relay: string, remember: 'once' | 'always' = 'always'): Promise<string> {
  expect(await signsIn(core, relay)).toMatchObject(notNow);
  const id = questionsOf(core, relay)[0]?.id ?? '';
  await core.proxy.commands.approve({ id, remember });
  return id;
}

describe('a certificate', () => {
  const root = createAuthority();
  const chainKey = keyPair();
  const link = (hash?: 'sha1') => issue(root, { cn: 'Link', ca: true, key: chainKey, ...(hash && { hash }) });
  const linked = issue(link(), { names });
  const original = stranger();
  const upstreams = {} as Record<string, FakeUpstream>;
  let core: Core;

  beforeAll(async () => {
    const identities = {
      ...{ replaced: original, other: original, verified: honest, flood: stranger(), beside: honest },
      ...{
        forgotten: stranger(),
        linked,
        marked: selfSigned({ names, cn: `${mark}\u001b[31m<b>\r\n${mark.repeat(3000)}` }),
      },
    };
    for (const [name, identity] of Object.entries(identities)) upstreams[name] = await directory(identity);
    const at = (name: string) => upstreams[name] as FakeUpstream;
    const accounts = Object.keys(identities).map((name) => account(name, at(name)));
    accounts.push(account('neighbour', at('replaced')), account('spelled', at('verified'), { server: 'LocalHost.' }));
    core = await startCore({ authority, accounts });
  });
  const at = (name: string) => upstreams[name] as FakeUpstream;

  test('33, 41, 42: of a stranger: asked about, and again once it is another; for one account and one place', async () => {
    const first = await approved(core, 'replaced');
    await honestHalf('honest: 33, 41, 42: what was approved is let in', async () => {
      expect(await signsIn(core, 'replaced')).toMatchObject(welcome);
    });
    for (const name of ['neighbour', 'other']) expect(await signsIn(core, name), name).toMatchObject(notNow);
    expect(heardInside(at('other')).length).toBe(0);
    const heard = heardInside(at('replaced')).length;
    present(at('replaced'), stranger());
    expect(await signsIn(core, 'replaced')).toMatchObject(notNow);
    expect(questionsOf(core, 'replaced')).toMatchObject([{ problems: ['self-signed', 'changed'] }]);
    expect(questionsOf(core, 'replaced')[0]?.id).not.toBe(first);
    expect(heardInside(at('replaced')).length).toBe(heard);
  });

  test('44, 89: of a server that was verified before: reject only, in every account and spelling', async () => {
    await honestHalf('honest: 44, 89: another one that verifies is let in, unasked', async () => {
      expect(await signsIn(core, 'verified')).toMatchObject(welcome);
      present(at('verified'), issue(authority, { names }));
      expect(await signsIn(core, 'verified')).toMatchObject(welcome);
    });
    const heard = heardInside(at('verified')).length;
    present(at('verified'), stranger());
    for (const name of ['verified', 'spelled']) {
      const told = await signsIn(core, name);
      expect(told).toMatchObject(notNow);
      expect(told.words).toMatch(/Someone may be intercepting/);
      const [question] = questionsOf(core, name);
      expect(question).toMatchObject({ offers: ['reject'], history: { kind: 'verified-then-failing' } });
      const approve = core.proxy.commands.approve({ id: question?.id ?? '', remember: 'once' });
      await expect(approve).rejects.toMatchObject({ code: 'not-offered' });
    }
    expect(heardInside(at('verified')).length).toBe(heard);
  });

  test('46: another one each time: bounded, counted, and no other question is pushed out', async () => {
    const witness = questionsOf(core, 'other');
    const dropped = () => core.proxy.state.get('core', 'core')?.questionsDropped ?? 0;
    const before = dropped();
    for (let round = 0; round < 25; round += 1) {
      present(at('flood'), stranger());
      expect(await signsIn(core, 'flood')).toMatchObject(notNow);
    }
    expect(questionsOf(core, 'flood')).toHaveLength(10);
    expect(dropped() - before).toBe(15);
    expect(questionsOf(core, 'other')).toEqual(witness);
    await honestHalf('honest: 46: a directory that verifies is reached', async () => {
      expect(await signsIn(core, 'beside')).toMatchObject(welcome);
    });
  });

  test('47: a decision that is taken back ends the sessions that rest on it', async () => {
    const id = await approved(core, 'forgotten');
    const inRaw = await signsIn(core, 'forgotten');
    expect(inRaw).toMatchObject(welcome);
    const other = await signsIn(core, 'beside');
    const fresh = await RawClient.connect(core.port('forgotten'));
    const connection = await at('forgotten').connection(2);
    await until(() => core.proxy.state.get('relays', 'forgotten')?.sessionsOpen === 2, 'the second is verified');
    await until(() => connection.secured, 'the handshake is done');
    await core.proxy.commands.forget({ id });
    expect(await inRaw.client.ended).toBe('reset');
    fresh.send(simpleBind(7, user, password));
    await fresh.ended;
    expect(connection.inside().length).toBe(0);
    expect(await signsIn(core, 'forgotten')).toMatchObject(notNow);
    await honestHalf('honest: 47: a session that does not rest on it goes on', async () => {
      other.client.send(search(8));
      expect(await nextAnswer(other.client)).toMatchObject({ id: 8, code: 0 });
    });
  });

  test('48: that was approved, and has a new problem: judged anew', async () => {
    await approved(core, 'linked');
    expect(await signsIn(core, 'linked')).toMatchObject(welcome);
    present(at('linked'), { ...linked, chainPem: linked.certPem + link('sha1').certPem });
    expect(await signsIn(core, 'linked')).toMatchObject(notNow);
    await honestHalf('honest: 48: with the chain that was approved it is let in', async () => {
      present(at('linked'), linked);
      expect(await signsIn(core, 'linked')).toMatchObject(welcome);
    });
  });

  test('49: what it says of itself reaches no program', async () => {
    const told = await signsIn(core, 'marked');
    expect(told).toMatchObject(notNow);
    expect(told.words.length).toBeLessThan(600);
    expect(questionsOf(core, 'marked')).toHaveLength(1);
    expect(told.words).not.toContain(mark);
    await honestHalf('honest: 49: plain words are shown to the person letter by letter', () => {
      expect(questionsOf(core, 'other')[0]?.certificate.names).toEqual(names);
    });
  });
});

describe.each(['implicit', 'starttls'] as const)('a decision taken back, %s', (tls) => {
  /** A directory whose certificate a person trusts, in front of a core of its own. */
  async function trusted(more: Partial<FakeDirectoryOptions> = {}) {
    const upstream = await directory(stranger(), { tls, ...more });
    const core = await startCore({ accounts: [account('A', upstream)] });
    const id = await approved(core, 'A');
    const met = upstream.connections.length;
    const client = await RawClient.connect(core.port('A'));
    const connection = await upstream.connection(met);
    const forget = () => core.proxy.commands.forget({ id });
    return { core, client, connection, forget };
  }

  async function expectEnded(core: Core, connection: FakeConnection, heard: number): Promise<void> {
    const closed = await core.event('session-closed', ({ ending }) => ending !== 'refused');
    expect(closed).toMatchObject({ ending: 'decision-forgotten' });
    await connection.stream.ended;
    expect(connection.inside().length).toBe(heard);
  }

  test('88: before the first request: told in a notice, and the directory has heard nothing', async () => {
    const { core, client, connection, forget } = await trusted();
    await core.event('session-verified');
    await forget();
    expect(await nextAnswer(client)).toMatchObject({ id: 0, tag: op.extendedResponse, code: code.unavailable });
    expect((await client.rest()).length).toBe(0);
    client.finish();
    await expectEnded(core, connection, 0);
  });

  test('88: while a bind is on its way, and between the two binds of a mechanism', async () => {
    const { core, client, connection, forget } = await trusted({
      answer: (said) =>
        said.includes('LOGIN') && !said.includes(password) ? bound(1, 14).toString('latin1') : undefined,
    });
    client.send(saslBind(1, 'LOGIN'));
    expect(await nextAnswer(client)).toMatchObject({ id: 1, code: code.saslBindInProgress });
    const heard = connection.inside().length;
    client.send(saslBind(2, 'LOGIN', password));
    await forget();
    await client.rest();
    client.finish();
    await expectEnded(core, connection, heard);
    expect(holdsSecret(connection.inside())).toBe(false);
  });

  test('88: while the directory thinks: a success that comes too late opens nothing', async () => {
    const { client, connection, forget } = await trusted({
      answer: (said) => (said.includes(password) ? silence : undefined),
    });
    client.send(simpleBind(7, user, password));
    await until(() => holdsSecret(connection.inside()), 'the directory has the password');
    const heard = connection.inside().length;
    await forget();
    connection.socket.write(bound(7));
    client.send(search(8));
    const all = await client.rest();
    expect(all.includes(bound(7)) || all.includes(done(8))).toBe(false);
    await connection.stream.ended;
    expect(connection.inside().length).toBe(heard);
  });

  test('honest: 88: another decision that is taken back leaves it alone', async () => {
    const [mine, other] = [await directory(stranger(), { tls }), await directory(stranger(), { tls })];
    const core = await startCore({ accounts: [account('mine', mine), account('other', other)] });
    await approved(core, 'mine');
    const id = await approved(core, 'other');
    const client = await RawClient.connect(core.port('mine'));
    await core.event('session-verified');
    await core.proxy.commands.forget({ id });
    client.send(simpleBind(7, user, password));
    expect(await nextAnswer(client)).toMatchObject(welcome);
  });
});

test('90: an account that is removed takes its decisions along; an authority that is taken out, its sessions', async () => {
  const [own, verified] = [await directory(stranger()), await directory(honest)];
  const accounts = [account('A', own), account('V', verified)];
  const core = await startCore({ authority, accounts });
  await approved(core, 'A');
  const session = await signsIn(core, 'V');
  expect(session).toMatchObject(welcome);
  await honestHalf('honest: 90: a change of something else leaves both', async () => {
    await apply(core, () => ({ settings: { certificateDecisionSeconds: 0, connectTimeoutSeconds: 9 } }));
    expect(await signsIn(core, 'A')).toMatchObject(welcome);
    session.client.send(search(8));
    expect(await nextAnswer(session.client)).toMatchObject({ id: 8, code: 0 });
  });
  await apply(core, () => ({ accounts: [account('V', verified)] }));
  await apply(core, () => ({ accounts }));
  expect(await signsIn(core, 'A')).toMatchObject(notNow);
  await apply(core, () => ({ certificateAuthorities: [] }));
  expect(await session.client.ended).toBe('reset');
  expect(await core.event('session-closed', ({ ending }) => ending === 'authority-removed')).toMatchObject({
    relay: 'V',
  });
  expect(await signsIn(core, 'V')).toMatchObject(notNow);
});

describe('while a program is held', () => {
  async function held(seconds = 60) {
    const upstream = await directory(stranger());
    const settings = { certificateDecisionSeconds: seconds };
    const core = await startCore({ accounts: [account('A', upstream)], settings });
    const client = await RawClient.connect(core.port('A'));
    client.send(simpleBind(7, user, password));
    const { id } = await core.event('certificate-pending');
    return { upstream, core, client, id };
  }

  test('43: a certificate that is swapped meanwhile is not what was approved', async () => {
    const { upstream, core, client, id } = await held();
    present(upstream, stranger());
    await core.proxy.commands.approve({ id, remember: 'always' });
    const next = await core.event('certificate-pending', (event) => event.id !== id);
    expect(next.problems).toContain('changed');
    expect(heardInside(upstream).length + client.received.length).toBe(0);
    await honestHalf('honest: 43: what is approved while it is shown lets the program in', async () => {
      await core.proxy.commands.approve({ id: next.id, remember: 'once' });
      expect(await nextAnswer(client)).toMatchObject(welcome);
    });
  });

  test('45: Postern quits over the question: told, and the question is there the next time', async () => {
    const { upstream, core, client, id } = await held();
    await core.stop();
    expect(await nextAnswer(client)).toMatchObject(notNow);
    client.finish();
    const { dataDirectory } = core;
    const again = await startCore({ dataDirectory, accounts: [account('A', upstream)] });
    expect(questionsOf(again, 'A')).toMatchObject([{ id }]);
    await honestHalf('honest: 45: answered then, it lets the program in', async () => {
      await again.proxy.commands.approve({ id, remember: 'once' });
      expect(await signsIn(again, 'A')).toMatchObject(welcome);
    });
  });

  test('91: paused, then approved: nothing is dialled until Postern goes on', async () => {
    const { upstream, core, client, id } = await held();
    await core.proxy.commands.pause({});
    await core.proxy.commands.approve({ id, remember: 'always' });
    for (let count = 0; count < 50; count += 1) await turn();
    expect(upstream.connections).toHaveLength(1);
    expect(client.received.length).toBe(0);
    await honestHalf('honest: 91: then the program is let in, and its session outlasts the next pause', async () => {
      await core.proxy.commands.resume({});
      expect(await nextAnswer(client)).toMatchObject(welcome);
      await core.proxy.commands.pause({});
      client.send(search(8));
      expect(await nextAnswer(client)).toMatchObject({ id: 8, code: 0 });
    });
  });

  test('91: a pause that outlasts the time to decide is told', async () => {
    const { upstream, core, client, id } = await held(3);
    await core.proxy.commands.pause({});
    await core.proxy.commands.approve({ id, remember: 'always' });
    expect(await nextAnswer(client)).toMatchObject({ ...notNow, words: expect.stringMatching(/Postern is paused/) });
    expect(upstream.connections).toHaveLength(1);
  });
});
