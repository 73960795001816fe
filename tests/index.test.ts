import { expect, test } from 'vitest';
import { relayTo, startCore } from './support/core.ts';
import { freePort } from './support/ports.ts';

const relay = (listen: string) =>
  relayTo({ protocol: 'imap', port: 993, tls: 'implicit' }, { server: 'imap.example.org', listen });

test('starts with nothing configured, says so in the state, and stops', async () => {
  const { proxy, events } = await startCore({ accounts: [] });
  expect(events).toEqual([]);
  expect(proxy.state.get('core', 'core')).toMatchObject({ version: '0.0.0', paused: false, warnings: [] });
  await proxy.stop();
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
