import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { awaitReturn } from '../../main/return-address.ts';
import type { EndPage } from '../../proxy/oauth/return-address.ts';
import { visit } from '../oauth/support/stage.ts';
import { atEnd } from '../support/clean-up.ts';

const page: EndPage = { outcome: 'signed-in', title: 'Signed <in>', sentence: 'Close "this" page.' };

async function opened(host: 'localhost' | '127.0.0.1', path: string | null, port: number | null = null) {
  const heard: string[] = [];
  const address = await awaitReturn({ host, path, port }, async (query) => {
    heard.push(query.toString());
    return query.get('state') === 'right' ? page : null;
  });
  atEnd(() => address.close());
  return { ...address, heard };
}

test('a path that nobody can guess, on a port of its own, heard at 127.0.0.1 alone', async () => {
  const [one, other] = [await opened('127.0.0.1', null), await opened('127.0.0.1', null)];
  expect(new URL(one.redirectUri).pathname).toMatch(/^\/[\w-]{32}$/);
  expect(new URL(one.redirectUri).pathname).not.toBe(new URL(other.redirectUri).pathname);
  const { status, text, headers } = await visit(`${one.redirectUri}?state=right`);
  expect(status).toBe(200);
  expect(text).toContain('Signed &#60;in&#62;');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['referrer-policy']).toBe('no-referrer');
});

test('the same port once more, or none at all where another program has it', async () => {
  const first = await opened('127.0.0.1', '/same');
  const port = Number(new URL(first.redirectUri).port);
  await expect(opened('127.0.0.1', '/same', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await first.close();
  const again = await opened('127.0.0.1', '/same', port);
  expect(again.redirectUri).toBe(first.redirectUri);
  expect((await visit(`${again.redirectUri}?state=right`)).status).toBe(200);
});

test('a provider that compares the address without a path: the browser asks for the root', async () => {
  const { redirectUri } = await opened('localhost', '');
  const port = new URL(redirectUri).port;
  expect(redirectUri).toBe(`http://localhost:${port}`);
  const headers = { Host: `localhost:${port}` };
  expect((await visit(`http://127.0.0.1:${port}/?state=right`, headers)).status).toBe(200);
  expect((await visit(`http://127.0.0.1:${port}/x?state=right`, headers)).status).toBe(404);
});

test('a provider that knows one path alone: both loopback addresses on one port', async () => {
  const { redirectUri } = await opened('localhost', '/');
  const port = new URL(redirectUri).port;
  expect(redirectUri).toBe(`http://localhost:${port}/`);
  const headers = { Host: `localhost:${port}` };
  expect((await visit(`http://127.0.0.1:${port}/?state=right`, headers)).status).toBe(200);
  expect((await visit(`http://[::1]:${port}/?state=right`, headers)).status).toBe(200);
});

test.each<[string, (uri: string) => Parameters<typeof visit>]>([
  ['another path', (uri) => [`${new URL(uri).origin}/?state=right`]],
  ['the path with more behind it', (uri) => [`${uri}/?state=right`]],
  ['a name that was rebound to this computer', (uri) => [`${uri}?state=right`, { Host: 'evil.example' }]],
  ['a script of a page', (uri) => [`${uri}?state=right`, { Origin: 'https://evil.example' }]],
  ['a fetch', (uri) => [`${uri}?state=right`, { 'Sec-Fetch-Mode': 'no-cors' }]],
  ['a frame', (uri) => [`${uri}?state=right`, { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }]],
  ['a form', (uri) => [`${uri}?state=right`, {}, 'POST']],
])('101: not heard: %s', async (_, visited) => {
  const { redirectUri, heard } = await opened('127.0.0.1', null);
  expect((await visit(...visited(redirectUri))).status).toBe(404);
  expect(heard).toEqual([]);
  expect(
    (await visit(`${redirectUri}?state=right`, { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' })).status,
  ).toBe(200);
});

test('however many silent connections are held there, the browser comes through', async () => {
  const { redirectUri, heard } = await opened('127.0.0.1', null);
  const port = Number(new URL(redirectUri).port);
  for (let count = 0; count < 25; count += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    atEnd(() => void socket.destroy());
    await once(socket, 'connect');
  }
  expect((await visit(`${redirectUri}?state=right`)).status).toBe(200);
  expect(heard).toEqual(['state=right']);
});

test('what is not the awaited answer finds nothing there, in the same words', async () => {
  const { redirectUri, heard } = await opened('127.0.0.1', null);
  const wrong = await visit(`${redirectUri}?state=wrong`);
  const nowhere = await visit(`${new URL(redirectUri).origin}/x`);
  expect([wrong.status, wrong.text]).toEqual([nowhere.status, nowhere.text]);
  expect(heard).toEqual(['state=wrong']);
});
