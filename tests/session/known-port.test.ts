/** A wrong setting and an attack look alike on the wire; what is remembered of the port tells them apart. */
import { beforeAll, expect, test } from 'vitest';
import type { ConfigurationInput } from '../../proxy/contract/index.ts';
import { type Core, relayTo, startCore } from '../support/core.ts';
import { type FakeUpstreamOptions, startFakeUpstream } from '../support/fake-upstream.ts';
import { createAuthority, type Identity, issue } from '../support/pki.ts';
import { RawClient } from '../support/raw-client.ts';

type Relay = ConfigurationInput['accounts'][number]['relays'][number];

let authority: Identity;
let identity: Identity;
beforeAll(() => {
  authority = createAuthority();
  identity = issue(authority, { names: ['localhost'] });
});

const stripped = { capabilities: ['PIPELINING'], starttls: '502 5.5.1 Unknown\r\n' };

/** A server whose port was met as it is meant to be, by the first of several accounts. */
async function met(options: FakeUpstreamOptions) {
  const { port } = await startFakeUpstream(options);
  const right = relayTo({ port, protocol: options.protocol, tls: options.tls });
  const core = await startCore({ authority, relays: [right], settings: { connectTimeoutSeconds: 20 } });
  await said(core);
  expect(core.proxy.state.get('relays', 'relay')?.lastVerified).not.toBeNull();
  return { core, port, right };
}

async function said(core: Core, relay = 'relay'): Promise<string> {
  const client = await RawClient.connect(core.port(relay));
  const line = await client.line().catch(() => '');
  client.finish();
  await client.ended;
  return line;
}

/** What an attempt ends in with these relays, each in an account of its own. */
async function outcome(core: Core, relay: Relay) {
  const configuration = await core.proxy.commands.configuration({});
  const accounts = [
    ...configuration.accounts.filter(({ name }) => name !== 'Changed'),
    { name: 'Changed', relays: [{ ...relay, name: 'changed' }] },
  ];
  await core.proxy.commands.configure({ configuration: { ...configuration, accounts } as never });
  await said(core, 'changed');
  return core.proxy.state.get('relays', 'changed')?.lastRefusal?.diagnosis;
}

test('TLS at once is set for a port that was always met after a greeting: the setting is wrong, nobody strips', async () => {
  const options: FakeUpstreamOptions = { protocol: 'smtp', tls: 'starttls', identity };
  const { core, port, right } = await met(options);
  const told = await outcome(core, { ...right, tls: 'implicit', listen: '127.0.0.1:0' });
  expect(told?.code).toBe('port-wants-starttls');
  expect(told?.sentence).toMatch(/greeting/);
  expect(told?.advice).toMatch(/“Encryption begins” .*“After a greeting”/);
  expect(`${told?.sentence} ${told?.advice}`).not.toMatch(/strip|intercept|993|995|563|636|"tls"/);

  // Another account, and another protocol: the port is not for that.
  const other = await outcome(core, { ...right, protocol: 'pop3', tls: 'implicit', listen: '127.0.0.1:0' });
  expect([other?.code, other?.facts.spoken]).toEqual(['wrong-protocol', 'smtp']);

  // The same wrong setting, and the server has indeed stopped offering STARTTLS: an alarm.
  options.plain = stripped;
  expect((await outcome(core, { ...right, tls: 'implicit', listen: '127.0.0.1:0' }))?.code).toBe('encryption-vanished');
  // And with the right one, as ever.
  expect((await outcome(core, { ...right, listen: '127.0.0.1:0' }))?.code).toBe('encryption-vanished');
  expect(port).toBeGreaterThan(0);
});

test('after a greeting is set for a port that was always met by TLS at once', async () => {
  const { core, right } = await met({ protocol: 'imap', tls: 'implicit', identity });
  const told = await outcome(core, { ...right, tls: 'starttls', listen: '127.0.0.1:0' });
  expect(told?.code).toBe('port-wants-implicit-tls');
  expect(told?.sentence).toMatch(/so far/);
  expect(told?.advice).toMatch(/“Encryption begins” .*“At once”/);
});

test('a port met by TLS at once that greets in the clear stays an alarm, whatever is set', async () => {
  const options: FakeUpstreamOptions = { protocol: 'imap', tls: 'implicit', identity };
  const { core, right } = await met(options);
  options.handshake = { first: true, reply: '* OK no TLS today\r\n' };
  expect((await outcome(core, { ...right, listen: '127.0.0.1:0' }))?.code).toBe('encryption-vanished');
});
