import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { UpstreamTransport } from '../../proxy/net/upstream-transport.ts';

const closing: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});

async function connected(): Promise<{ transport: UpstreamTransport; far: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  closing.push(server);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const transport = UpstreamTransport.connect('127.0.0.1', (server.address() as AddressInfo).port);
  await once(transport, 'connect');
  const [far] = await accepted;
  far.on('error', () => {});
  return { transport, far };
}

test('many connections share the landing buffer, and no byte of one turns up in another', async () => {
  const pairs = await Promise.all(Array.from({ length: 8 }, connected));
  const results = pairs.map(async ({ transport, far }, index) => {
    const sent = randomBytes(1024 * 1024);
    const hash = createHash('sha256');
    let length = 0;
    let turn = 0;
    const all = new Promise<void>((resolve) => {
      transport.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        length += chunk.length;
        turn += 1;
        // Paused and resumed in the middle, so that chunks are kept while others arrive.
        if (turn % (index + 2) === 0) {
          transport.pause();
          setImmediate(() => transport.resume());
        }
        if (length === sent.length) resolve();
      });
    });
    far.write(sent);
    await all;
    transport.destroy();
    return hash.digest('hex') === createHash('sha256').update(sent).digest('hex');
  });
  expect(await Promise.all(results)).toEqual(pairs.map(() => true));
});

test("keeps the server's FIN back, and still sends", async () => {
  const { transport, far } = await connected();
  let ended = false;
  transport.once('end', () => {
    ended = true;
  });
  transport.resume();
  const fin = once(transport, 'fin');
  far.end('last');
  await fin;
  expect(transport.finReceived).toBe(true);
  expect(ended).toBe(false);
  const heard = once(far, 'data');
  transport.write('still here');
  expect(String((await heard)[0])).toBe('still here');
  transport.destroy();
});

test('ending it ends the TCP connection in that direction', async () => {
  const { transport, far } = await connected();
  const ended = once(far, 'end');
  far.resume();
  transport.end('bye');
  await ended;
  expect(far.bytesRead).toBe(3);
  transport.destroy();
});

test('a reset is an error', async () => {
  const { transport, far } = await connected();
  const failed = once(transport, 'error');
  transport.resume();
  far.resetAndDestroy();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
});
