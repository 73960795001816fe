import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from '../../proxy/net/free-ports.ts';

test('gives ports that can be listened on, near the usual ones, each once', async () => {
  const found = await freePorts(['imap', 'smtp', 'imap', 'pop3'], new Set());
  expect(found.map(({ protocol }) => protocol)).toEqual(['imap', 'smtp', 'imap', 'pop3']);
  expect(new Set(found.map(({ port }) => port)).size).toBe(4);
  for (const { port } of found) {
    const server = net.createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

test('leaves out what is taken, by the configuration or by a program', async () => {
  const [first] = await freePorts(['imap'], new Set());
  const port = first?.port ?? 0;
  expect(await freePorts(['imap'], new Set([port]))).not.toContainEqual({ protocol: 'imap', port, listen: port });
  const holder = net.createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  expect(await freePorts(['imap'], new Set())).not.toContainEqual({ protocol: 'imap', port, listen: port });
  holder.close();
});

test('honest: 85: a port is for both loopback addresses, and both can be listened on', async () => {
  const [found] = await freePorts(['pop3'], new Set());
  expect(found?.listen).toBe(found?.port);
  for (const host of ['127.0.0.1', '::1']) {
    const server = net.createServer().listen(found?.port, host);
    await once(server, 'listening');
    server.close();
  }
});

test('85: one that another program holds at ::1 alone is not chosen', async () => {
  const [first] = await freePorts(['pop3'], new Set());
  const port = first?.port ?? 0;
  const holder = net.createServer().listen({ port, host: '::1', ipv6Only: true });
  await once(holder, 'listening');
  const [next] = await freePorts(['pop3'], new Set());
  expect(next?.port).toBeGreaterThan(port);
  expect(next?.listen).toBe(next?.port);
  holder.close();
});
