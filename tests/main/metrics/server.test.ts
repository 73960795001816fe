import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { MetricsAddress } from '../../../main/metrics/address.ts';
import { createMetrics } from '../../../main/metrics/metrics.ts';
import { isWebPage, type MetricsServer, openMetricsServer } from '../../../main/metrics/server.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { mustRun } from '../../support/programs.ts';

async function open(address: MetricsAddress = { host: '127.0.0.1', port: 0 }): Promise<MetricsServer> {
  const server = await openMetricsServer(address, createMetrics('1'));
  atEnd(server.close);
  return server;
}

function ask(
  where: { port: number; host?: string } | { socketPath: string },
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number | undefined; type: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', ...where, path, agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('health: ready only while the core takes connections, live all the time', async () => {
  const server = await open();
  const port = server.port ?? 0;
  const health = async () => {
    const [ready, live] = [await ask({ port }, '/healthz'), await ask({ port }, '/healthz/live')];
    return [ready.status, ready.text, live.status];
  };
  expect(await health()).toEqual([503, 'starting\n', 200]);
  server.readiness = 'ready';
  expect(await health()).toEqual([200, 'ready\n', 200]);
  server.readiness = 'stopping';
  expect(await health()).toEqual([503, 'stopping\n', 200]);
});

test('metrics in the text format, and nothing else', async () => {
  const { port } = await open();
  const { status, type, text } = await ask({ port: port ?? 0 }, '/metrics');
  expect(status).toBe(200);
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).toContain('# TYPE postern_sessions_open gauge');
  expect((await ask({ port: port ?? 0 }, '/')).status).toBe(404);
  expect((await ask({ port: port ?? 0 }, '/metrics', { method: 'POST' })).status).toBe(405);
});

test.each<[string, Record<string, string>]>([
  ['a page of another origin', { Origin: 'http://evil.example' }],
  ['a page that the browser names', { 'Sec-Fetch-Site': 'cross-site' }],
  ['a name that was rebound to this computer', { Host: 'evil.example:9469' }],
])('%s gets nothing', async (_name, headers) => {
  const { port } = await open();
  expect((await ask({ port: port ?? 0 }, '/metrics', { headers })).status).toBe(403);
});

test('on all addresses, too, a name is one that was rebound, by whichever address the page comes', async () => {
  const { port } = await open({ host: '::', port: 0 });
  const status = async (host: string, name: string) =>
    (await ask({ port: port ?? 0, host }, '/metrics', { headers: { Host: `${name}:${port}` } })).status;
  for (const loopback of ['127.0.0.1', '::1']) {
    for (const name of ['evil.example', 'postern', '10.0.0.7', '[fd00::7]', '', '127.0.0.1.evil.example']) {
      expect(await status(loopback, name), name).toBe(403);
    }
    for (const name of ['localhost', '127.0.0.1', '[::1]']) expect(await status(loopback, name), name).toBe(200);
  }
  const isRefused = (name: string) =>
    isWebPage({ headers: { host: `${name}:9469` }, socket: { localAddress: '192.168.7.2' } });
  for (const name of ['evil.example', '127.0.0.1.evil.example', '']) expect(isRefused(name), name).toBe(true);
  for (const name of ['192.168.7.2', '[fd00::7]', 'postern', hostname()]) expect(isRefused(name), name).toBe(false);
});

test('a Unix socket; the one that a dead process has left is taken over, a live one is not', async () => {
  const path = join(scratchDirectory('metrics'), 'm.sock');
  const server = await open({ path });
  expect(server.port).toBeNull();
  expect((await ask({ socketPath: path }, '/healthz/live')).status).toBe(200);
  await expect(openMetricsServer({ path }, createMetrics('1'))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.close();

  // A process that is killed leaves its socket file.
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await mustRun(process.execPath, ['-e', script]).catch(() => undefined);
  expect(existsSync(path)).toBe(true);
  await open({ path });
  expect((await ask({ socketPath: path }, '/healthz/live')).status).toBe(200);
});

test('a file that is no socket stays as it is, and so does what a link leads to', async () => {
  const folder = scratchDirectory('metrics-file');
  const file = join(folder, 'trust.json');
  writeFileSync(file, 'decisions');
  symlinkSync(file, join(folder, 'link'));
  for (const path of [file, join(folder, 'link')]) {
    await expect(openMetricsServer({ path }, createMetrics('1'))).rejects.toMatchObject({ code: 'ENOTSOCK' });
    expect(readFileSync(path, 'utf8')).toBe('decisions');
  }
});

test('silent connections make way, and are counted', async () => {
  let cut = 0;
  const server = await openMetricsServer({ host: '127.0.0.1', port: 0 }, createMetrics('1'), () => {
    cut += 1;
  });
  atEnd(server.close);
  for (let count = 0; count < 40; count += 1) {
    const socket = connect(server.port ?? 0, '127.0.0.1').on('error', () => undefined);
    atEnd(() => void socket.destroy());
    await once(socket, 'connect');
  }
  expect((await ask({ port: server.port ?? 0 }, '/healthz/live')).status).toBe(200);
  expect(cut).toBe(9);
});

test('an address that is taken is refused with the error of the system', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  atEnd(() => void other.close());
  const { port } = other.address() as { port: number };
  await expect(openMetricsServer({ host: '127.0.0.1', port }, createMetrics('1'))).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
