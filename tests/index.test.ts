import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationSchema, type PosternEvent } from '../proxy/contract/index.ts';
import { createProxy } from '../proxy/index.ts';
import { createLog } from '../proxy/log/log.ts';
import { scratchDirectory } from './support/clean-up.ts';
import { freePort } from './support/ports.ts';

async function create(raw: unknown) {
  const dataDirectory = join(scratchDirectory('index'), 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  const events: PosternEvent[] = [];
  const proxy = await createProxy(configurationSchema.parse(raw), {
    dataDirectory,
    log: createLog({ directory: join(dataDirectory, 'logs'), level: 'error' }),
    version: '1.2.3',
    emit: (event) => events.push(event),
  });
  return { proxy, events };
}

const relay = (name: string, listen: string) => ({
  name,
  protocol: 'imap',
  listen,
  server: 'imap.example.org',
  port: 993,
  tls: 'implicit',
});

test('starts with nothing configured, says so in the state, and stops', async () => {
  const { proxy, events } = await create({ version: 1, accounts: [] });
  await proxy.start();
  expect(events).toEqual([]);
  expect(proxy.state.get('core', 'core')).toMatchObject({ version: '1.2.3', paused: false, warnings: [] });
  await proxy.stop();
});

test('a bare port listens on both loopback addresses, each told', async () => {
  const port = await freePort();
  const { proxy, events } = await create({ version: 1, accounts: [{ name: 'A', relays: [relay('r', String(port))] }] });
  await proxy.start();
  const heard = events.map((event) => (event.event === 'listening' ? [event.address, event.port] : event.event));
  expect(heard.sort()).toEqual([
    ['127.0.0.1', port],
    ['::1', port],
  ]);
  await proxy.stop();
});
