import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { closeGently } from '../../proxy/session/close-gently.ts';

async function pair() {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const program = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [client] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  return { program, client };
}

test('the last words arrive though the program still talks', async () => {
  const { program, client } = await pair();
  client.pause();
  program.write('x'.repeat(100_000));
  let heard = '';
  program.on('data', (chunk) => {
    heard += chunk;
  });
  const ended = once(program, 'end');
  const closed = closeGently(client, '421 bye\r\n');
  await ended;
  expect(heard).toBe('421 bye\r\n');
  program.end();
  await closed;
  expect(client.destroyed).toBe(true);
});

test('a program that never hangs up is dropped after a moment', async () => {
  const { program, client } = await pair();
  program.resume();
  await closeGently(client, 'bye\r\n');
  expect(client.destroyed).toBe(true);
  program.destroy();
});

test('a connection that is gone already is no reason to wait', async () => {
  const { program, client } = await pair();
  client.destroy();
  await closeGently(client, 'bye\r\n');
  expect(client.destroyed).toBe(true);
  program.destroy();
});
