import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Listener, listen } from '../../proxy/net/listener.ts';

const open: Listener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

/** A listener, and what it reported. */
function start(address: string, port: number, retryMilliseconds?: number) {
  const said: (number | string)[] = [];
  let wake = () => {};
  const events = {
    listening: (bound: number) => {
      said.push(bound);
      wake();
    },
    failed: (reason: string, code: string) => {
      said.push(`${reason}: ${code}`);
      wake();
    },
    connection: (socket: net.Socket) => {
      socket.destroy();
    },
  };
  open.push(listen({ address, port }, events, retryMilliseconds));
  const next = async (count: number) => {
    while (said.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return said[count - 1];
  };
  return { said, next };
}

test('65: listens on the loopback address alone', async () => {
  const { next } = start('127.0.0.1', 0);
  const port = Number(await next(1));
  const reached = net.connect(port, '127.0.0.1');
  await once(reached, 'connect');
  reached.destroy();
  const elsewhere = net.connect(port, '127.0.0.2');
  await expect(once(elsewhere, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('69: a port that is taken is said once, and taken over when it gets free', async () => {
  const holder = net.createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const { said, next } = start('127.0.0.1', port, 10);
  expect(await next(1)).toBe('address-in-use: EADDRINUSE');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(said).toHaveLength(1);
  holder.close();
  expect(await next(2)).toBe(port);
});

test('69: nobody can listen on the same port beside it', async () => {
  const { next } = start('127.0.0.1', 0);
  const port = Number(await next(1));
  const second = net.createServer().listen({ port, host: '127.0.0.1' });
  await expect(once(second, 'listening')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('an address that this computer does not have is named', async () => {
  const { next } = start('192.0.2.1', 0, 60_000);
  expect(await next(1)).toBe('address-not-available: EADDRNOTAVAIL');
});

test('so is one of an interface that this computer does not have', async () => {
  const { next } = start('fe80::1%nosuch0', 0, 60_000);
  expect(await next(1)).toBe('address-not-available: EINVAL');
});

test('a closed listener neither listens nor tries again', async () => {
  const { next, said } = start('127.0.0.1', 0);
  const port = Number(await next(1));
  await open.pop()?.close();
  await expect(once(net.connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(said).toHaveLength(1);
});
