/**
 * Refusals of the contract at a directory, told in its messages (refusals.test.ts has those of the protocols of lines, the
 * hostile cases in threats/ldap*.test.ts the others): the program's request is answered, the state and the event stream say why.
 */
import { beforeAll, expect, test } from 'vitest';
import type { RefusalReason, TlsMode } from '../../proxy/contract/index.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { simpleBind } from '../../proxy/protocols/ldap-writer.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeDirectoryOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { nextAnswer } from '../support/ldap-words.ts';
import { createAuthority, type Identity, issue, selfSigned } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

async function run(options: Partial<FakeDirectoryOptions> & { tls: TlsMode }, settings = {}) {
  const upstream = await startFakeUpstream({ protocol: 'ldap', identity, ...options });
  const relays = [relayTo({ port: upstream.port, protocol: 'ldap', tls: options.tls })];
  const core = await startCore({ authority, relays, settings });
  return { upstream, core };
}

/** A program that signs in, and what it is told. */
async function bind(core: Core): Promise<{ client: RawClient; hears: ReturnType<typeof nextAnswer> }> {
  const client = await RawClient.connect(core.port('relay'));
  client.send(simpleBind(7, 'user', 'secret'));
  return { client, hears: nextAnswer(client) };
}

async function expectRefused(core: Core, { client, hears }: Awaited<ReturnType<typeof bind>>, reason: RefusalReason) {
  const words = expect.stringMatching(/^Postern: \S.{15,}$/);
  expect(await hears).toEqual({ id: 7, tag: op.bindResponse, code: 52, words });
  expect(await client.ended).toBe('end');
  const { message } = await core.event('refused', (event) => event.reason === reason);
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal).toMatchObject({ reason, message });
}

test.each(['implicit', 'starttls'] as const)('the honest twin passes over %s', async (tls) => {
  const { core } = await run({ tls });
  expect(await (await bind(core)).hears).toMatchObject({ id: 7, code: 0 });
  expect(await core.event('session-verified')).toMatchObject({ protocol: 'ldap', trust: 'verified' });
  expect(core.events.some(({ event }) => event === 'refused')).toBe(false);
});

test.each<[RefusalReason, FakeDirectoryOptions['tlsOptions'] & object]>([
  ['tls-too-old', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
  ['weak-cipher', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA' }],
])('%s', async (reason, tlsOptions) => {
  for (const tls of ['implicit', 'starttls'] as const) {
    const { core, upstream } = await run({ tls, tlsOptions });
    await expectRefused(core, await bind(core), reason);
    for (const connection of upstream.connections) expect(connection.inside().length).toBe(0);
  }
});

test('certificate-rejected: a person has said no', async () => {
  const stranger = selfSigned({ names: ['localhost'] });
  const { core } = await run({ tls: 'implicit', identity: stranger }, { certificateDecisionSeconds: 60 });
  const held = await bind(core);
  const { id } = await core.event('certificate-pending');
  await core.proxy.commands.reject({ id });
  await expectRefused(core, held, 'certificate-rejected');
  expect(await (await bind(core)).hears).toMatchObject({ code: 52 });
  expect(core.proxy.state.all('questions')).toEqual([]);
});

test('upstream-unreachable: nothing listens there', async () => {
  const { core, upstream } = await run({ tls: 'implicit', port: await freePort() });
  await upstream.close();
  await expectRefused(core, await bind(core), 'upstream-unreachable');
});

test('client-not-mail: a web page', async () => {
  const { core, upstream } = await run({ tls: 'implicit' });
  const client = await RawClient.connect(core.port('relay'));
  client.send('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await client.rest();
  client.finish();
  expect(await core.event('refused')).toMatchObject({ reason: 'client-not-mail' });
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.reason).toBe('client-not-mail');
  for (const { inside } of upstream.connections) expect(inside().length).toBe(0);
});
