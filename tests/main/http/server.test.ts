import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { EarlierRuns } from '../../../main/http/earlier-runs.ts';
import { type LoopbackHttp, openLoopbackHttp } from '../../../main/http/server.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { needRoot } from '../../support/needs.ts';
import { accepts } from '../../support/service.ts';
import { ask, fakeCore } from './ask.ts';

const directory = scratchDirectory('window');
mkdirSync(join(directory, 'assets'));
writeFileSync(join(directory, 'index.html'), '<!doctype html><title>Postern</title>');
writeFileSync(join(directory, 'assets', 'app.js'), 'export {};');
writeFileSync(join(directory, 'assets', 'notes.exe'), 'no');
writeFileSync(join(directory, '..', 'postern-outside.txt'), 'outside');

/** There was no run before. */
const noRuns: EarlierRuns = {
  ports: [],
  issue: () => Promise.resolve({ id: 'id', key: 'key' }),
  answer: () => null,
  windowBack: async () => false,
};

let http: LoopbackHttp;
let core: ReturnType<typeof fakeCore>;
let bearer: Record<string, string>;
beforeEach(async () => {
  core = fakeCore({ approve: async () => ({ id: 'aabbccdd' }) as never, pause: async () => null });
  http = await openLoopbackHttp({ port: 0, windowDirectory: directory });
  http.serve(core.api);
  http.lead(noRuns);
  atEnd(http.close);
  bearer = { Authorization: `Bearer ${http.keys.bearer}` };
});

const json = { 'Content-Type': 'application/json' };

/**
 * Opens the window with a fresh link. @returns what the page sends from then on: the browser’s cookie, and its own
 * secret.
 */
async function openWindow(): Promise<Record<string, string>> {
  const link = new URL(http.windowLink() ?? '');
  const answer = await ask(http.port, { path: `${link.pathname}${link.search}` });
  expect(answer.status).toBe(303);
  const [, page = ''] = /^\/#key=([\w-]{43})$/.exec(answer.headers.location ?? '') ?? [];
  expect(page).not.toBe('');
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(/^postern-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  expect(cookie).not.toContain(page);
  return { Cookie: cookie.split(';')[0] ?? '', 'X-Postern-Window': page };
}

describe('73, 74: who may come in', () => {
  const approve = (headers: Record<string, string>, body = '{"id":"aabbccdd","remember":"always"}') =>
    ask(http.port, { method: 'POST', path: '/api/command/approve', headers: { ...json, ...headers }, body });

  test('honest: 73, 74: the window and a program pass', async () => {
    expect((await approve(bearer)).status).toBe(200);
    const cookie = await openWindow();
    expect((await approve(cookie)).status).toBe(200);
    const origin = `http://127.0.0.1:${http.port}`;
    expect((await approve({ ...cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
    expect(core.asked).toHaveLength(3);
  });

  test.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['neither cookie nor token', () => ({})],
    ['a wrong token', () => ({ Authorization: `Bearer ${'A'.repeat(43)}` })],
    ['an empty token', () => ({ Authorization: 'Bearer ' })],
    ['a wrong cookie', () => ({ Cookie: `postern-${http.port}=${'A'.repeat(43)}` })],
    [
      'the cookie under another name',
      async () => ({ Cookie: ((await openWindow()).Cookie ?? '').replace('postern', 'pastern') }),
    ],
    ['a rebound name as Host', async () => ({ ...(await openWindow()), Host: `evil.example:${http.port}` })],
    ['localhost as Host', async () => ({ ...(await openWindow()), Host: `localhost:${http.port}` })],
    ['a Host without the port', async () => ({ ...(await openWindow()), Host: '127.0.0.1' })],
    ['a foreign Origin', async () => ({ ...(await openWindow()), Origin: 'https://evil.example' })],
    [
      'an Origin on another port of this computer',
      async () => ({ ...(await openWindow()), Origin: `http://127.0.0.1:${http.port + 1}` }),
    ],
    ['an Origin of null', async () => ({ ...(await openWindow()), Origin: 'null' })],
    ['a foreign Origin with the right token', () => ({ ...bearer, Origin: 'https://evil.example' })],
    ['our own Origin with the token of a program', () => ({ ...bearer, Origin: `http://127.0.0.1:${http.port}` })],
    ['a request that a foreign page caused', async () => ({ ...(await openWindow()), 'Sec-Fetch-Site': 'cross-site' })],
    ['a page on another port', async () => ({ ...(await openWindow()), 'Sec-Fetch-Site': 'same-site' })],
  ])('73, 74: %s: 403, and nothing is done', async (_name, headers) => {
    expect((await approve(await headers())).status).toBe(403);
    expect(core.asked).toEqual([]);
  });

  test('86: the cookie alone, which every port of this computer gets, acts on nothing and learns nothing', async () => {
    const { Cookie = '', ...own } = await openWindow();
    const others = await openWindow();
    for (const headers of [
      { Cookie },
      { Cookie, 'X-Postern-Window': '' },
      { Cookie, 'X-Postern-Window': Cookie.split('=')[1] ?? '' },
      { Cookie, 'X-Postern-Window': others['X-Postern-Window'] ?? '' },
      own,
    ] as Record<string, string>[]) {
      expect((await approve(headers)).status).toBe(403);
      expect((await ask(http.port, { path: '/api/events', headers })).status).toBe(403);
      expect((await ask(http.port, { method: 'POST', path: '/api/window-link', headers })).status).toBe(403);
    }
    expect(core.asked).toEqual([]);
    // honest: 86: the page itself, with both.
    expect((await approve({ Cookie, ...own })).status).toBe(200);
  });

  test('honest: 86: the browser loads the window’s files by the cookie alone', async () => {
    const { Cookie = '' } = await openWindow();
    expect((await ask(http.port, { path: '/assets/app.js', headers: { Cookie } })).status).toBe(200);
  });

  test('86: a page at another port leads the browser here by a link that opens the window where it was, and by nothing else', async () => {
    const led = { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    const { search } = new URL(http.windowLink() ?? '');
    const follow = (path: string, headers: Record<string, string> = led) => ask(http.port, { path, headers });
    for (const path of ['/', '/assets/app.js', '/api/events', '/?token=x', `/assets/app.js${search}`]) {
      expect([path, (await follow(path)).status]).toEqual([path, 403]);
    }
    expect((await follow(`/${search}`, { ...led, 'Sec-Fetch-Dest': 'iframe' })).status).toBe(403);
    const at = encodeURIComponent('#/accounts/Work%20%26%20Home?edit');
    const opened = await follow(`/${search}&at=${at}`);
    expect(opened.status).toBe(200);
    expect(opened.headers['set-cookie']?.[0]).toContain('SameSite=Strict');
    // By a page of ours, so that what follows is ours, too.
    expect(opened.body).toMatch(new RegExp(`content="0;url=/#key=[\\w-]{43}&at=${at}">`));
    expect((await follow(`/${search}`)).status).toBe(403);
    const other = new URL(http.windowLink() ?? '').search;
    const bad = encodeURIComponent('#/x"><script>');
    expect((await follow(`/${other}&at=${bad}`)).body).toMatch(/content="0;url=\/#key=[\w-]{43}">/);
  });

  test('73: every path is closed to strangers, the window and its files among them', async () => {
    for (const path of [
      '/',
      '/assets/app.js',
      '/api/events',
      '/api/alive',
      '/nothing',
      '/?token=',
      `/?token=${'A'.repeat(43)}`,
    ]) {
      expect((await ask(http.port, { path })).status, path).toBe(403);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask(http.port, { method })).status).toBe(403);
  });

  test('73: a link opens one window; the same link again, and a foreign page with it, do not', async () => {
    const link = new URL(http.windowLink() ?? '');
    const path = `${link.pathname}${link.search}`;
    expect((await ask(http.port, { path, headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403);
    expect((await ask(http.port, { path, headers: { Host: 'evil.example' } })).status).toBe(403);
    expect((await ask(http.port, { path, method: 'HEAD' })).status).toBe(403);
    expect((await ask(http.port, { path })).status).toBe(303);
    const again = await ask(http.port, { path });
    expect(again.status).toBe(403);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('postern window');
  });

  test('who has the window open is led back to it by a used link', async () => {
    const link = new URL(http.windowLink() ?? '');
    const path = `${link.pathname}${link.search}`;
    const [cookie = ''] = (await ask(http.port, { path })).headers['set-cookie'] ?? [];
    const again = await ask(http.port, { path, headers: { Cookie: cookie.split(';')[0] ?? '' } });
    expect([again.status, again.headers['set-cookie']]).toEqual([303, undefined]);
  });

  test('a window cannot make links for others, and no answer invites another origin', async () => {
    const cookie = await openWindow();
    expect((await ask(http.port, { method: 'POST', path: '/api/window-link', headers: cookie })).status).toBe(404);
    const answer = await ask(http.port, { method: 'POST', path: '/api/window-link', headers: bearer });
    expect(JSON.parse(answer.body).link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the window', () => {
  test('its files come with their types and strict headers', async () => {
    const cookie = await openWindow();
    const page = await ask(http.port, { headers: cookie });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>Postern</title>');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const script = await ask(http.port, { path: '/assets/app.js', headers: cookie });
    expect([script.body, script.headers['content-type']]).toEqual(['export {};', 'text/javascript; charset=utf-8']);
    const head = await ask(http.port, { method: 'HEAD', headers: cookie });
    expect([head.status, head.body]).toEqual([200, '']);
  });

  test.each([
    '/../postern-outside.txt',
    '/..%2fpostern-outside.txt',
    '/assets/../../postern-outside.txt',
    '//etc/passwd',
    '/assets',
    '/assets/notes.exe',
    '/assets/app.js/',
    '/%00',
    'http://127.0.0.1/../postern-outside.txt',
  ])('%s is not there', async (path) => {
    const answer = await ask(http.port, { path, headers: bearer });
    expect([answer.status, answer.body]).toEqual([404, 'There is nothing here.\n']);
  });

  test('without one there is no link and no page, and programs are served all the same', async () => {
    const bare = await openLoopbackHttp({ port: 0, windowDirectory: null });
    atEnd(bare.close);
    bare.serve(core.api);
    const headers = { Authorization: `Bearer ${bare.keys.bearer}` };
    expect(bare.windowLink()).toBeNull();
    expect((await ask(bare.port, { headers })).status).toBe(404);
    expect((await ask(bare.port, { path: '/?token=x' })).status).toBe(403);
    expect((await ask(bare.port, { path: '/api/alive', headers })).status).toBe(204);
  });
});

test.each([
  ['GET //', '400 Bad Request'],
  ['GET http://[', '400 Bad Request'],
  ['CONNECT 127.0.0.1:25', '405 Method Not Allowed'],
])('nobody is dropped without a word: %j', async (asked, answer) => {
  const { port } = http;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(`${asked} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const [said] = await once(socket, 'data');
  expect(String(said)).toContain(`HTTP/1.1 ${answer}\r\n`);
  socket.destroy();
});

test('before the core stands, it is known to be there and does nothing', async () => {
  const early = await openLoopbackHttp({ port: 0, windowDirectory: null });
  atEnd(early.close);
  const headers = { Authorization: `Bearer ${early.keys.bearer}` };
  expect((await ask(early.port, { path: '/api/alive', headers })).status).toBe(204);
  expect((await ask(early.port, { path: '/api/events', headers })).status).toBe(503);
});

test('honest: 86: until it can lead windows of earlier runs, it is starting to them, and has no keys for the next', async () => {
  const early = await openLoopbackHttp({ port: 0, windowDirectory: directory });
  atEnd(early.close);
  const old = { Cookie: `postern-${early.port}=${'A'.repeat(43)}`, 'X-Postern-Window': 'A'.repeat(43) };
  const events = () => ask(early.port, { path: '/api/events', headers: old });
  const comeBack = () => ask(early.port, { method: 'POST', path: '/api/return', body: 'where?' });
  for (const answer of [await events(), await comeBack()]) {
    expect([answer.status, answer.body]).toEqual([503, 'Postern is starting.\n']);
  }
  // Who opens a page by hand is told what to do.
  expect((await ask(early.port, { headers: old })).body).toContain('"postern window" prints a link');

  early.serve(core.api);
  const { search } = new URL(early.windowLink() ?? '');
  const opened = await ask(early.port, { path: `/${search}` });
  const [cookie = ''] = opened.headers['set-cookie'] ?? [];
  const headers = {
    Cookie: cookie.split(';')[0] ?? '',
    'X-Postern-Window': /#key=([\w-]+)/.exec(opened.headers.location ?? '')?.[1] ?? '',
  };
  const key = () => ask(early.port, { method: 'POST', path: '/api/return-key', headers });
  expect((await key()).status).toBe(503);
  expect((await comeBack()).status).toBe(503);

  early.lead(noRuns);
  expect(await key()).toMatchObject({ status: 200, body: '{"id":"id","key":"key"}' });
  expect((await events()).status).toBe(403);
  expect((await comeBack()).status).toBe(403);
});

test('a program of another user stays outside, even with the token', async () => {
  needRoot();
  const script = `
    const headers = ${JSON.stringify(bearer)};
    require('node:http').get({ host: '127.0.0.1', port: ${http.port}, path: '/api/alive', headers }, ({ statusCode }) => {
      process.stdout.write(String(statusCode));
      process.exit();
    });`;
  const statusFor = async (uid: number) => {
    const child = spawn(process.execPath, ['-e', script], { uid, gid: uid, stdio: ['ignore', 'pipe', 'inherit'] });
    let status = '';
    child.stdout.on('data', (chunk) => {
      status += chunk;
    });
    await once(child, 'close');
    return status;
  };
  expect([await statusFor(0), await statusFor(65_534)]).toEqual(['204', '403']);
});

test('it listens on 127.0.0.1 and nowhere else', async () => {
  expect(await accepts(http.port)).toBe(true);
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  // At every other address of this computer a listener can be opened on the same port, which would be impossible if we
  // listened there.
  for (const { address, scopeid } of addresses) {
    if (address === '127.0.0.1' || scopeid) continue;
    await new Promise<void>((resolve, reject) => {
      const other = createServer();
      other.once('error', reject);
      other.listen({ host: address, port: http.port, ipv6Only: true, exclusive: true }, () =>
        other.close(() => resolve()),
      );
    });
  }
});

test('a taken port is an error, not another port', async () => {
  await expect(openLoopbackHttp({ port: http.port, windowDirectory: null })).rejects.toThrow('EADDRINUSE');
});
