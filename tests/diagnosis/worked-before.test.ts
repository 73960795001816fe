import { expect, test } from 'vitest';
import { diagnose } from '../../proxy/contract/index.ts';
import { afterSuccess } from '../../proxy/diagnosis/worked-before.ts';
import { relayTo, startCore } from '../support/core.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, issue } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { RawClient } from '../support/raw-client.ts';

const workedAt = '2026-01-02T03:04:05.000Z';
const advice = (...of: Parameters<typeof afterSuccess>) => diagnose(afterSuccess(...of)).advice;

test.each(['connection-refused', 'server-timeout'] as const)('%s: where it worked, the server may be down', (code) => {
  expect(advice({ code }, workedAt)).toMatch(/^The server may be down/);
  expect(advice({ code }, null)).toMatch(/^Check the port/);
});

test('what else is known of the failure stays', () => {
  const facts = { seconds: 15, step: 'plaintext-greeting' } as const;
  expect(afterSuccess({ code: 'server-timeout', facts }, workedAt).facts).toEqual({ ...facts, workedAt });
});

test('another failure is not changed by a success', () => {
  expect(afterSuccess({ code: 'dns-failing' }, workedAt)).toEqual({ code: 'dns-failing' });
});

test('a server that is stopped after a session: the state says that it may be down', async () => {
  const authority = createAuthority();
  const identity = issue(authority, { names: ['localhost'] });
  const upstream = await startFakeUpstream({ protocol: 'pop3', tls: 'implicit', identity, port: await freePort() });
  const core = await startCore({
    authority,
    relays: [relayTo({ port: upstream.port, protocol: 'pop3', tls: 'implicit' })],
  });
  const client = await RawClient.connect(core.port('relay'));
  expect(await client.line()).toMatch(/^\+OK/);
  client.finish();
  await upstream.close();
  const late = await RawClient.connect(core.port('relay'));
  expect(await late.line()).toMatch(/^-ERR/);
  expect(core.proxy.state.get('relays', 'relay')?.lastRefusal?.diagnosis).toMatchObject({
    code: 'connection-refused',
    advice: expect.stringMatching(/^The server may be down/),
  });
});
