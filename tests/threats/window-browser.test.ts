/**
 * The window in a real browser, against the built product, while other programs of this computer wait for what it
 * sends.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  const context = await browser.newContext();
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
  const context = await browser.newContext();
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

test('honest: 86: after a restart the window says in one line how to go on, asks no more, and a new link opens it', async () => {
  const windowPort = await freePort();
  const first = await start(windowPort);
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await linkOf(first));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await first.stop();
  const second = await start(windowPort, first.dataDirectory);
  const banner = page.getByRole('alert').first();
  await banner.getByText('This window is not signed in to Postern.').waitFor();
  const said = await banner.textContent();
  expect(said).toContain('“postern window” prints one, too');
  expect(said).not.toMatch(/not running|by itself/);
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 3000)));
  expect(asked).toBe(0);
  await page.goto(await linkOf(second));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await context.close();
  await second.stop();
});
