import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { atEnd, scratchDirectory } from '../support/clean-up.ts';
import { freePort } from '../support/ports.ts';
import { mustRun, runProgram } from '../support/programs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'scripts', 'fetch-electron.mjs');
const version = '45.4.1';
const name = `electron-v${version}-linux-x64.zip`;

/** A package like Electron's, for a binary of a few bytes. */
async function electronPackage() {
  const folder = join(scratchDirectory('package'), 'electron');
  mkdirSync(folder);
  writeFileSync(join(folder, 'electron'), '#!/bin/false\n');
  writeFileSync(join(folder, 'version'), version);
  const zip = join(folder, 'made.zip');
  await mustRun('python3', ['-m', 'zipfile', '-c', zip, 'electron', 'version'], { cwd: folder });
  const content = readFileSync(zip);
  const checksum = createHash('sha256').update(content).digest('hex');
  writeFileSync(join(folder, 'checksums.json'), JSON.stringify({ [name]: checksum }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'electron', version }));
  copyFileSync(join(root, 'node_modules', 'electron', 'install.js'), join(folder, 'install.js'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, content };
}

async function mirror(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  atEnd(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const fetchFor = (folder: string, env: NodeJS.ProcessEnv) =>
  runProgram(process.execPath, [script, folder], {
    env: {
      ...{ electron_config_cache: join(scratchDirectory('cache'), 'cache'), NODE_USE_ENV_PROXY: '1' },
      ...{ ELECTRON_INSTALL_PLATFORM: 'linux', ELECTRON_INSTALL_ARCH: 'x64', ...env },
    },
  });

test('it is fetched, with a word on how far it is, checked and unpacked', async () => {
  const { folder, content } = await electronPackage();
  const ELECTRON_MIRROR = await mirror((request, response) => {
    expect(request.url).toBe(`/v${version}/${name}`);
    response.end(content);
  });
  const { code, stdout, stderr } = await fetchFor(folder, { ELECTRON_MIRROR });
  expect([code, stdout.toString()]).toEqual([0, '']);
  expect(stderr).toMatch(/Fetching Electron, once[\s\S]*100 % of 1 MB/);
  expect(readFileSync(join(folder, 'path.txt'), 'utf8')).toBe('electron');
  expect(existsSync(join(folder, 'dist', 'electron'))).toBe(true);
});

test.each<[string, RequestListener, RegExp]>([
  ['something else in its place', (_, response) => void response.end('not it'), /is not what its checksum says/],
  ['a refusal', (_, response) => void response.writeHead(404).end(), /127\.0\.0\.1:\d+ answered 404/],
])('%s: nothing is installed, and the reason is said', async (_, answer, words) => {
  const { folder } = await electronPackage();
  const { code, stdout } = await fetchFor(folder, { ELECTRON_MIRROR: await mirror(answer) });
  expect(code).toBe(1);
  expect(stdout.toString()).toMatch(/^Electron could not be fetched: .*\.\n$/);
  expect(stdout.toString()).toMatch(words);
  expect(existsSync(join(folder, 'path.txt'))).toBe(false);
});

test('where nothing answers, proxies are spoken of', async () => {
  const { folder } = await electronPackage();
  const ELECTRON_MIRROR = `http://127.0.0.1:${await freePort()}/`;
  const { code, stdout } = await fetchFor(folder, { ELECTRON_MIRROR });
  expect([code, stdout.toString()]).toEqual([
    1,
    expect.stringMatching(/cannot be reached \(ECONNREFUSED\).*HTTPS_PROXY/),
  ]);
});

test('a proxy is asked, where one is set', async () => {
  const { folder } = await electronPackage();
  const asked: string[] = [];
  const proxy = createTcpServer((socket) => {
    socket.once('data', (data) => {
      asked.push(data.toString().split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  atEnd(() => proxy.close());
  await once(proxy, 'listening');
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { code } = await fetchFor(folder, { HTTPS_PROXY, ELECTRON_MIRROR: 'https://mirror.example.test/' });
  expect(code).toBe(1);
  expect(asked[0]).toBe('CONNECT mirror.example.test:443 HTTP/1.1');
});
