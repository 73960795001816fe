import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { relayTo, startCore } from './support/core.ts';
import { freePort } from './support/ports.ts';
import { RawClient } from './support/raw-client.ts';

const relay = (listen: string) =>
  relayTo({ protocol: 'imap', port: 993, tls: 'implicit' }, { server: 'imap.example.org', listen });

test('starts with nothing configured, says so in the state, and stops', async () => {
  const { proxy, events } = await startCore({ accounts: [] });
  expect(events).toEqual([]);
  expect(proxy.state.get('core', 'core')).toMatchObject({ version: '0.0.0', paused: false, warnings: [] });
  await proxy.stop();
});

test('stopping again with less time hurries whoever is left; each call ends with the last one', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const core = await startCore({ relays: [relayTo({ protocol: 'imap', port, tls: 'implicit' })] });
  const client = await RawClient.connect(core.port('relay'));
  await once(server, 'connection');
  const first = core.proxy.stop(3_600_000);
  await Promise.all([first, core.proxy.stop(0)]);
  expect(await client.line()).toMatch(/^\* BYE /);
  server.close();
});

test('a bare port listens on both loopback addresses, each told', async () => {
  const port = await freePort();
  const { proxy, events } = await startCore({ relays: [relay(String(port))] });
  const heard = events.map((event) => (event.event === 'listening' ? [event.address, event.port] : event.event));
  expect(heard.sort()).toEqual([
    ['127.0.0.1', port],
    ['::1', port],
  ]);
  await proxy.stop();
});
