import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { connectionFailed, readBody } from '../../main/http-response.ts';
import { DownloadFailed } from '../../proxy/net/download.ts';
import { isRedirection } from '../../proxy/net/http-exchange.ts';
import { atEnd } from '../support/clean-up.ts';

async function responseOf(answer: RequestListener): Promise<IncomingMessage> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => server.close());
  const [response] = await once(get({ port: (server.address() as AddressInfo).port, agent: false }), 'response');
  return response;
}

const limits = (maxBytes: number, signal = AbortSignal.timeout(60_000)) => ({ maxBytes, signal });

test.each<[string, RequestListener]>([
  ['announced', (_, answer) => answer.writeHead(200, { 'Content-Length': 2048 }).end(Buffer.alloc(2048, 'x'))],
  [
    'not announced',
    (_, answer) => {
      answer.write(Buffer.alloc(1024, 'x'));
      answer.end(Buffer.alloc(1024, 'x'));
    },
  ],
])('a body may be as large as allowed, and not a byte larger: %s', async (_, answer) => {
  expect(await readBody(await responseOf(answer), limits(2048))).toEqual(Buffer.alloc(2048, 'x'));
  await expect(readBody(await responseOf(answer), limits(2047))).rejects.toThrow('it is larger than 1 KiB');
});

test('a body that is announced as too large is not waited for', async () => {
  const response = await responseOf((_, answer) => answer.writeHead(200, { 'Content-Length': 2048 }).flushHeaders());
  await expect(readBody(response, limits(2047))).rejects.toThrow('it is larger than 1 KiB');
  response.destroy();
});

test('a body that is compressed, breaks off, or is not wanted any more', async () => {
  const packed = await responseOf((_, answer) => answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x'));
  await expect(readBody(packed, limits(10))).rejects.toThrow('it came in a form that was not asked for');
  const cut = await responseOf((_, answer) =>
    answer.writeHead(200, { 'Content-Length': 10 }).write('x', () => answer.destroy()),
  );
  await expect(readBody(cut, limits(10))).rejects.toThrow('the connection to its server failed (ECONNRESET)');
  const ending = new AbortController();
  const slow = await responseOf((_, answer) => answer.writeHead(200, { 'Content-Length': 10 }).write('x'));
  const reading = readBody(slow, limits(10, ending.signal));
  ending.abort(new Error('time is up'));
  slow.destroy();
  await expect(reading).rejects.toThrow('time is up');
});

test('a failed connection is told by its code alone', () => {
  const cause = Object.assign(new Error('read ECONNRESET of a stranger'), { code: 'ECONNRESET' });
  const failed = connectionFailed(cause);
  expect(failed).toBeInstanceOf(DownloadFailed);
  expect(failed.message).toBe('the connection to its server failed (ECONNRESET)');
  expect(failed.cause).toBe(cause);
  expect(connectionFailed(new Error('a stranger')).message).toBe('the connection to its server failed (unknown error)');
});

test('which answers lead elsewhere', () => {
  const statuses = Array.from({ length: 100 }, (_, index) => 300 + index);
  expect(statuses.filter(isRedirection)).toEqual([301, 302, 303, 307, 308]);
});
