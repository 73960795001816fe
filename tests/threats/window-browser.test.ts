/**
 * The window in a real browser, against the built product, while other programs of this computer wait for what it
 * sends.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLoopbackHttp } from '../../main/http/server.ts';
import { ask } from '../main/http/ask.ts';
import { launchBrowser } from '../renderer/support/window.ts';
import { atEnd } from '../support/clean-up.ts';
import { freePort } from '../support/ports.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser('browser');
});
afterAll(() => browser.close());

async function newContext() {
  const context = await browser.newContext();
  // A limit ends what hangs: with other tests at the same time, everything may take long.
  context.setDefaultTimeout(60_000);
  return context;
}
const start = (windowPort: number, dataDirectory?: string) =>
  startPostern({
    window: true,
    more: ['--window-port', String(windowPort)],
    ...(dataDirectory === undefined ? { configuration: { version: 1, accounts: [] } } : { dataDirectory }),
  });
const linkOf = async (postern: Postern) => (await postern.event('ready')).window ?? '';

/** Another program of this computer, with a web server of its own. Records what a browser sends to it. */
async function neighbour(cookies: string[] = []) {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(JSON.stringify(request.headers));
    response.setHeader('content-type', 'text/html');
    response.setHeader('set-cookie', cookies);
    response.end('<p>neighbour');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  atEnd(() => server.closeAllConnections());
  return { heard, port: (server.address() as AddressInfo).port };
}

test('86: what the browser sends to another port of this computer is worth nothing; the page itself works', async () => {
  const windowPort = await freePort();
  const postern = await start(windowPort);
  const other = await neighbour();
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(await linkOf(postern));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  expect(page.url()).not.toMatch(/token|key/);

  const second = await context.newPage();
  await second.goto(`http://127.0.0.1:${other.port}/`);
  const cookie = /postern-\d+=[\w-]+/.exec(other.heard.join())?.[0] ?? '';
  // The cookie itself may get there; the page's secret must not.
  const key = await page.evaluate(() => sessionStorage.getItem('postern-window-key'));
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(other.heard.join()).not.toContain(key);
  expect(await second.evaluate(() => sessionStorage.getItem('postern-window-key'))).toBeNull();
  for (const [method, path] of [
    ['POST', '/api/command/configure'],
    ['POST', '/api/command/stop'],
    ['GET', '/api/events'],
    ['POST', '/api/window-link'],
  ]) {
    const headers = { Cookie: cookie, 'Content-Type': 'application/json' };
    const answer = await ask(windowPort, { method: method ?? '', path: path ?? '', headers, body: '{}' });
    expect([path, answer.status]).toEqual([path, 403]);
  }

  // honest: 86: the window keeps working, also after it is reloaded.
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await context.close();
  await postern.stop();
});

test('86: cookies that another port sets, under our name or more than a request may be long, lock no window out', async () => {
  const windowPort = await freePort();
  const postern = await start(windowPort);
  const other = await neighbour([
    `postern-${windowPort}=evil; Path=/api`,
    `postern-${windowPort}=evil; Path=/api/command`,
    ...Array.from({ length: 50 }, (_, at) => `c${at}=${'x'.repeat(4000)}; Path=/`),
  ]);
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(await linkOf(postern));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  const second = await context.newPage();
  await second.goto(`http://127.0.0.1:${other.port}/`);
  expect(await context.cookies(`http://127.0.0.1:${windowPort}/api/command`)).toHaveLength(53);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await context.close();
  await postern.stop();
});

const windowDirectory = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

/** Opens the window, goes to its Certificates page, and waits until it is current. */
async function openedAtCertificates(postern: Postern) {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(await linkOf(postern));
  await page.getByRole('link', { name: 'Certificates' }).click();
  await page.getByRole('heading', { name: 'Certificates', level: 1 }).waitFor();
  // Whoever is told about a stop has been given the way back before.
  await page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/api/return-key`).length > 0);
  return { context, page, banner: page.getByRole('alert').first() };
}

test('honest: 86: after Postern was stopped, or killed, and started again at another port, the window comes back by itself, where it was', async () => {
  const first = await startPostern({ window: true, configuration: { version: 1, accounts: [] } });
  const { context, page, banner } = await openedAtCertificates(first);
  const { dataDirectory } = first;
  const again = () => startPostern({ window: true, dataDirectory });
  const expectHere = async (postern: Postern) => {
    const { host } = new URL(await linkOf(postern));
    await page.waitForURL((url) => url.host === host && url.hash === '#/certificates');
    expect(page.url()).toBe(`http://${host}/#/certificates`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.waitForFunction(() => performance.getEntriesByName(`${location.origin}/api/return-key`).length > 0);
  };
  await first.stop();
  await banner.getByText('Postern does not answer.').waitFor();
  expect(await banner.textContent()).not.toMatch(/starting|not signed in/);
  expect(await banner.textContent()).toContain('this window comes back by itself. If it does not, “postern window”');
  const second = await again();
  await expectHere(second);
  // What was half typed goes with it.
  await page.evaluate(() => {
    window.location.hash = '#/accounts?by-hand';
  });
  const name = page.getByLabel('Name of the account');
  await name.fill('Half typed & “quoted”');
  second.signal('SIGKILL');
  await banner.getByText('Postern does not answer.').waitFor();
  const third = await again();
  await page.getByText('This is what you had typed when this page was loaded again.').waitFor();
  expect(await name.inputValue()).toBe('Half typed & “quoted”');
  await page.evaluate(() => {
    window.location.hash = '#/certificates';
  });
  await expectHere(third);
  await third.stop();
  // The same port again, by the option.
  const port = Number(new URL(page.url()).port);
  const fourth = await start(port, dataDirectory);
  await expectHere(fourth);
  await context.close();
  await fourth.stop();
});

test('honest: 86: a window that asks while the Postern at its port starts, or ends, waits for it, and comes back by itself', async () => {
  const port = await freePort();
  const first = await start(port);
  const { context, page, banner } = await openedAtCertificates(first);
  await first.stop();
  // A core that does not lead windows yet: it listens from the first moment, so as to be one for its folder.
  const starting = await openLoopbackHttp({ port, windowDirectory });
  await banner.getByText('Postern is starting again.').waitFor();
  await starting.close();
  // One that ends between two questions of the page.
  const ending = createServer((request, response) => {
    if (request.url === '/api/return') request.socket.destroy();
    else response.writeHead(403).end();
  }).listen(port, '127.0.0.1');
  await once(ending, 'listening');
  await page.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/return'));
  await banner.getByText('Postern does not answer.').waitFor();
  ending.close();
  ending.closeAllConnections();

  const second = await start(port, first.dataDirectory);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  expect(page.url()).toBe(`http://127.0.0.1:${port}/#/certificates`);
  await context.close();
  await second.stop();
});

test('86: who has the port of a Postern that was stopped gets nothing of use from its window, which says how to go on', async () => {
  const first = await startPostern({ window: true, configuration: { version: 1, accounts: [] } });
  const { context, page, banner } = await openedAtCertificates(first);
  const { port: old } = new URL(page.url());
  await first.stop();
  const questions: string[] = [];
  const squatter = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/api/return') questions.push(body);
    response.writeHead(request.url === '/api/return' ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ iv: 'A'.repeat(16), sealed: 'A'.repeat(80) }));
  }).listen(Number(old), '127.0.0.1');
  await once(squatter, 'listening');
  atEnd(() => void squatter.close());
  atEnd(() => squatter.closeAllConnections());
  await banner.getByText('This window is not signed in to Postern.').waitFor();
  const said = await banner.textContent();
  expect(said).toContain('“postern window” prints one, too');
  expect(said).not.toMatch(/not running|by itself/);
  expect(page.url()).toContain(`:${old}/`);
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  // What the page asked tells nothing, and cannot be passed on to the Postern that runs now.
  const second = await startPostern({ window: true, dataDirectory: first.dataDirectory });
  expect(questions).toHaveLength(1);
  const { port: now } = new URL(await linkOf(second));
  for (const origin of [undefined, `http://127.0.0.1:${now}`]) {
    const headers = { 'Content-Type': 'application/json', ...(origin === undefined ? {} : { Origin: origin }) };
    const passedOn = await ask(Number(now), { method: 'POST', path: '/api/return', headers, body: questions[0] ?? '' });
    expect([passedOn.status, passedOn.body]).toEqual([403, 'This is not for you.\n']);
  }
  // Nobody is asked any more; a new link opens the window.
  expect(asked).toBe(0);
  await page.goto(await linkOf(second));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await context.close();
  await second.stop();
});

test('a Postern that hangs is not shown as if it answered, and what was asked of it ends', async () => {
  const postern = await start(await freePort());
  const context = await newContext();
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(await linkOf(postern));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  const events = () => page.waitForRequest((request) => request.url().endsWith('/api/events'));

  const banner = page.getByRole('alert').first();
  postern.signal('SIGSTOP');
  await page.getByRole('button', { name: 'Collect diagnostics' }).click();
  const another = events();
  await page.clock.fastForward(46_000);
  await another;
  expect(await banner.textContent()).toBe('');
  await page.clock.fastForward(31_000);
  await banner.getByText('Postern does not answer.').waitFor();
  const asked = page.locator('.card', { has: page.getByRole('button', { name: 'Collect diagnostics' }) });
  await asked.getByText('Postern did not answer. Check that it is running').waitFor();

  postern.signal('SIGCONT');
  await page.getByRole('button', { name: /Pause|Resume/ }).click();
  // One that has no place for another question runs, and is not told of as starting.
  const crowded = await context.newPage();
  await crowded.route('**/api/events', (route) =>
    route.fulfill({ status: 429, body: 'Too many programs ask at once.' }),
  );
  await crowded.goto(await linkOf(postern));
  await crowded.getByText(/^It runs, but too many programs and windows ask it at once\./).waitFor();
  expect(await crowded.getByRole('alert').first().textContent()).not.toMatch(/starting/);
  await context.close();
  await postern.stop();
});
