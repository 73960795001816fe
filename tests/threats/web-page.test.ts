/** A hostile page in a real browser, with every means a page has of connecting, against the built product. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../renderer/support/window.ts';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { until } from '../support/service.ts';
import { expectHonest, openStage, type Scene, type Stage } from './stage.ts';

/** How many connections all of our programs may have together. */
const places = 20;
const scenes = (['imap', 'smtp', 'pop3', 'nntp'] as const).map(
  (protocol): Scene => ({ name: `84: a page, ${protocol}`, upstream: { protocol, tls: 'implicit' } }),
);

let stage: Stage;
let browser: Browser;
beforeAll(async () => {
  [stage, browser] = await Promise.all([openStage(scenes, { maxConnections: places }), launchBrowser('browser')]);
});
afterAll(() => browser.close());

/** Another program's web server, which serves the hostile page. @returns its port */
async function serve(): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>a page</title><body>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => void server.close());
  atEnd(() => server.closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** The means by which a page makes a browser connect. Runs in the page: each connects `count` times to the port. */
const ways: Record<string, (target: { port: number; count: number }) => unknown> = {
  'connections made ahead, and requests given up before they are sent': async ({ port, count }) => {
    for (let at = 0; at < count; at += 1) {
      // To the browser each name is a different host, with connections of its own; all of them resolve to this
      // computer.
      const link = document.createElement('link');
      Object.assign(link, { rel: 'preconnect', href: `http://p${at}.localhost:${port}/` });
      document.head.append(link);
      const given = new AbortController();
      fetch(`http://g${at}.localhost:${port}/`, { mode: 'no-cors', signal: given.signal }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1));
      given.abort();
    }
  },
  'requests, with mail commands in their bodies': ({ port, count }) => {
    const body = 'EHLO page\r\nMAIL FROM:<page@example.org>\r\n';
    for (let at = 0; at < count; at += 1) {
      const host = at % 2 === 0 ? '127.0.0.1' : `r${at}.localhost`;
      fetch(`http://${host}:${port}/`, { method: 'POST', mode: 'no-cors', body }).catch(() => undefined);
    }
  },
  'pictures, frames, forms and beacons': ({ port, count }) => {
    for (let at = 0; at < count / 4; at += 1) {
      document.body.append(Object.assign(document.createElement('img'), { src: `http://127.0.0.1:${port}/${at}.png` }));
      document.body.append(Object.assign(document.createElement('iframe'), { src: `http://127.0.0.1:${port}/${at}` }));
      const frame = Object.assign(document.createElement('iframe'), { name: `frame${port}-${at}` });
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', enctype: 'text/plain', target: frame.name });
      form.action = `http://f${at}.localhost:${port}/`;
      document.body.append(frame, form);
      form.submit();
      navigator.sendBeacon(`http://127.0.0.1:${port}/`, 'QUIT');
    }
  },
  'web sockets, event streams, TLS and relays of calls': ({ port, count }) => {
    for (let at = 0; at < count / 4; at += 1) {
      new WebSocket(`ws://w${at}.localhost:${port}/`).onerror = () => undefined;
      new EventSource(`http://e${at}.localhost:${port}/`).onerror = (event) => (event.target as EventSource).close();
      fetch(`https://s${at}.localhost:${port}/`, { mode: 'no-cors' }).catch(() => undefined);
    }
    const calls = new RTCPeerConnection({
      iceServers: [{ urls: `turn:127.0.0.1:${port}?transport=tcp`, username: 'page', credential: 'page' }],
      iceTransportPolicy: 'relay',
    });
    calls.createDataChannel('page');
    void calls.createOffer().then((offer) => calls.setLocalDescription(offer));
  },
};

/** Every means for one protocol, and one means for the others: the admission check is the same for all. */
const cases = scenes.flatMap((scene, at) =>
  Object.keys(ways)
    .filter((_way, number) => at === 0 || number === at)
    .map((way) => ({ protocol: scene.upstream.protocol, way, scene })),
);

test.each(cases)(
  '84: $protocol, two hundred of a page in a real browser: $way: no connection to the server, no place of ours',
  async ({ scene, way }) => {
    const { port, relay, upstream } = stage.on(scene);
    const from = upstream.connections.length;
    const since = stage.postern.events.length;
    const before = (await stage.snapshot()).tables.relays[relay]?.refusalsTotal ?? 0;
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${await serve()}/`);
    await page.evaluate(ways[way] as (target: { port: number; count: number }) => void, { port, count: 200 });
    const turnedAway = async () => ((await stage.snapshot()).tables.relays[relay]?.refusalsTotal ?? 0) - before;
    await until(async () => (await turnedAway()) >= 40, 'the browser has come, and was turned away');
    // honest: in the meantime, and afterwards.
    (await expectHonest(stage, scene)).finish();
    // The browser has finished when two checks in a row find the same number.
    let last = -1;
    await until(async () => {
      const now = await turnedAway();
      const settled = now === last;
      last = now;
      if (!settled) await page.waitForTimeout(400);
      return settled;
    }, 'the browser has done all it can');
    await page.close();
    expect(upstream.connections.length - from).toBe(1);
    const told = stage.postern.events
      .slice(since)
      .flatMap((event) => (event.event === 'refused' && event.relay === relay ? [event] : []));
    // The others together at the end of the minute, after which there may be five more.
    const summed = told.filter(({ times }) => times !== undefined).length;
    expect(told.length - summed).toBeLessThanOrEqual(5 * (summed + 1));
    expect(told.every(({ reason }) => reason === 'client-not-mail')).toBe(true);
    const ours = await Promise.all(Array.from({ length: places }, () => expectHonest(stage, scene)));
    for (const client of ours) client.finish();
    await stage.atRest();
  },
);

/** A program of this name that opens connections and says nothing. Returns what it was told on each. */
async function silent(name: string, port: number, count: number): Promise<string[]> {
  const program = join(scratchDirectory('programs'), name);
  copyFileSync(process.execPath, program);
  const script = `
    const told = [];
    for (let at = 0; at < ${count}; at += 1) {
      require('net').connect(${port}, '127.0.0.1').once('data', function (said) {
        told.push(String(said).trim());
        this.destroy();
        if (told.length === ${count}) console.log(JSON.stringify(told));
      });
    }`;
  const child = spawn(program, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(() => void child.kill());
  let said = '';
  for await (const chunk of child.stdout) said += chunk;
  return JSON.parse(said);
}

// No other system tells which program connects.
test.runIf(process.platform === 'linux')(
  '84: two hundred connections of a browser that never say anything: told, no connection to the server, no place of ours',
  async () => {
    const [scene] = scenes as [Scene];
    const { port, upstream } = stage.on(scene);
    const from = upstream.connections.length;
    const told = await silent('firefox', port, 200);
    expect(told.filter((words) => !/^\* BYE Postern: A web browser/.test(words))).toEqual([]);
    expect(upstream.connections.length).toBe(from);
    expect(await silent('mutt', port, places), 'honest: a mail program waits as silently').toEqual(
      Array.from({ length: places }, () => expect.stringMatching(/^\* OK/)),
    );
    await stage.atRest();
  },
);

test('84: two hundred connections of a program that no list knows and that stays silent: few of them cost the server a connection, all of our own are served', async () => {
  const [scene] = scenes as [Scene];
  // Twenty of them may be admitted at the same moment, and one more each second, for as long as this takes. If those that wait
  // had places, too, there would be none left for our own.
  const wide = await openStage([scene], { maxConnections: 200 });
  const { port, upstream } = wide.on(scene);
  const from = upstream.connections.length;
  const began = performance.now();
  const strangers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    }),
  );
  // honest: at the same time, one after another, as mail programs connect.
  for (let count = 0; count < 3; count += 1) (await expectHonest(wide, scene)).finish();
  const seconds = Math.ceil((performance.now() - began) / 1000);
  expect(upstream.connections.length - from).toBeLessThanOrEqual(20 + 3 + seconds);
  for (const socket of strangers) socket.destroy();
  await wide.atRest();
});
