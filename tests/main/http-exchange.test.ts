import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { httpExchange } from '../../main/http-exchange.ts';
import type { HttpAnswer } from '../../proxy/net/http-exchange.ts';
import { atEnd } from '../support/clean-up.ts';

async function get(answer: RequestListener, more: Parameters<typeof getFrom>[1] = {}) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => server.close());
  return getFrom((server.address() as AddressInfo).port, more);
}

/** What is told, of the headers only where another page is. */
const toldOf = ({ status, headers, body }: HttpAnswer) => ({ status, location: headers.location, body });

function getFrom(
  port: number,
  { maxBytes = 1000, signal = AbortSignal.timeout(60_000), method = 'GET' as 'GET' | 'POST' } = {},
) {
  const connection = connect({ port, host: '127.0.0.1' });
  atEnd(() => connection.destroy());
  connection.pause();
  const headers = { Accept: 'text/xml, application/xml' };
  return httpExchange(connection, { method, host: 'a.test', path: '/x?y=1', headers, maxBytes, signal });
}

test('one question over the connection that it is given', async () => {
  const asked: unknown[] = [];
  const response = await get((request, answer) => {
    asked.push(request.url, request.headers);
    answer.end('hello');
  });
  expect(toldOf(response)).toEqual({ status: 200, location: undefined, body: Buffer.from('hello') });
  expect(asked).toEqual([
    '/x?y=1',
    { host: 'a.test', 'user-agent': 'Postern', accept: 'text/xml, application/xml', connection: 'close' },
  ]);
});

test('a redirect is told and not followed; a page that is not there has no body, what is posted has its answer', async () => {
  const moved = await get((_, answer) => answer.writeHead(302, { Location: '/z' }).end('x'));
  expect(toldOf(moved)).toEqual({ status: 302, location: '/z', body: Buffer.alloc(0) });
  const missing = await get((_, answer) => answer.writeHead(404, { Location: '/z' }).end('x'));
  expect(missing).toMatchObject({ status: 404, body: Buffer.alloc(0) });
  const refused = await get((_, answer) => answer.writeHead(404).end('why'), { method: 'POST' });
  expect(refused).toMatchObject({ status: 404, body: Buffer.from('why') });
});

test('bounds: exactly as much as allowed, one byte more, without an end, compressed', async () => {
  expect((await get((_, answer) => answer.end('x'.repeat(1000)))).body).toHaveLength(1000);
  await expect(get((_, answer) => answer.end('x'.repeat(1001)))).rejects.toThrow('larger than');
  const endless: RequestListener = (_, answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write('x'.repeat(10_000)));
    };
    answer.on('drain', more);
    more();
  };
  await expect(get(endless)).rejects.toThrow('larger than');
  const packed = get((_, answer) => answer.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x'));
  await expect(packed).rejects.toThrow('not asked for');
});

test('a server that is silent, breaks off, or speaks something else', async () => {
  const cancel = new AbortController();
  const silent = get(() => cancel.abort(new Error('no more')), { signal: cancel.signal });
  await expect(silent).rejects.toThrow('no more');
  const cut = get((request, answer) => {
    answer.writeHead(200, { 'Content-Length': '100' }).write('x', () => request.socket.destroy());
  });
  await expect(cut).rejects.toThrow('the connection to its server failed');
  const other = createTcpServer((socket) => socket.end('220 mail.a.test ESMTP\r\n'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  atEnd(() => other.close());
  await expect(getFrom((other.address() as AddressInfo).port)).rejects.toThrow('the connection to its server failed');
});
