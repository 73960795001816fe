import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ownAddresses } from '../../proxy/config/own-addresses.ts';

test('every address that is named can be listened on', async () => {
  expect(ownAddresses()).toContain('127.0.0.1');
  for (const host of ownAddresses()) {
    const server = createServer().listen({ host, port: 0 });
    await once(server, 'listening');
    server.close();
  }
});
