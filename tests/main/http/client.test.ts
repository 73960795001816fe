import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type Server as NetServer } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { CoreUnreachable, connectCore, NoCore } from '../../../main/http/client.ts';
import { claimDataDirectory, controlFile } from '../../../main/http/control-file.ts';
import { challengeHeader, proofHeader } from '../../../main/http/keys.ts';
import { type LoopbackHttp, openLoopbackHttp } from '../../../main/http/server.ts';
import { unasked } from '../../../main/http/unasked.ts';
import type { CheckStep, CoreMessage } from '../../../proxy/contract/index.ts';
import { atEnd, scratchDirectory } from '../../support/clean-up.ts';
import { freePort } from '../../support/ports.ts';
import { fakeCore } from './ask.ts';

const step: CheckStep = { relay: 'r', step: 'tls', outcome: 'ok', message: 'fine', milliseconds: 1 };
let directory: string;
let release: () => Promise<void>;
let http: LoopbackHttp;
let core: ReturnType<typeof fakeCore>;
beforeEach(async () => {
  directory = scratchDirectory('client');
  core = fakeCore({
    async check(_input, progress) {
      progress?.(step);
      return { outcome: 'ok', relays: [] };
    },
  });
  // Others listen at it later: a port of the system's choice might be anybody's by then.
  http = await openLoopbackHttp({ port: await freePort(), windowDirectory: directory });
  http.serve(core.api);
  atEnd(http.close);
  const { bearer: token, proof } = http.keys;
  release = await claimDataDirectory(directory, { port: http.port, token, proof, pid: process.pid });
  atEnd(release);
});

test('commands with their progress, failures as results', async () => {
  const client = await connectCore(directory);
  const seen: CheckStep[] = [];
  expect(await client.command('check', { user: 'ann' }, (one) => seen.push(one))).toEqual({
    ok: true,
    value: { outcome: 'ok', relays: [] },
  });
  expect(seen).toEqual([step]);
  expect(core.asked).toEqual([['check', { user: 'ann' }]]);
  expect(await client.command('forget', { id: 'aabbccdd' })).toEqual({
    ok: false,
    failure: { code: 'not-found', message: 'There is no such thing.' },
  });
  client.close();
});

test('the state and its changes, until the core goes', async () => {
  const client = await connectCore(directory);
  const messages: CoreMessage[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe((message) => {
      messages.push(message);
      if (message.kind === 'snapshot') core.state.patch('core', 'core', { paused: true });
      if (message.kind === 'changes') void http.close();
      if (message.kind === 'core') resolve();
    });
  });
  expect(messages.map(({ kind }) => kind)).toEqual(['snapshot', 'changes', 'core']);
  expect(messages[2]).toEqual({ kind: 'core', status: 'gone' });
  client.close();
});

test('a subscription that was ended hears nothing more', async () => {
  const client = await connectCore(directory);
  let heard = 0;
  await new Promise<void>((resolve) => {
    const end = client.subscribe(() => {
      heard += 1;
      queueMicrotask(() => {
        end();
        resolve();
      });
    });
  });
  core.state.patch('core', 'core', { paused: true });
  await client.command('check', {});
  expect(heard).toBe(1);
  client.close();
});

test('links to the window', async () => {
  const client = await connectCore(directory);
  expect(await client.windowLink()).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${http.port}/\\?token=[\\w-]{43}$`));
  client.close();
});

test('81: no core: none was there, it has ended, and its port belongs to another program now', async () => {
  const control = await readFile(controlFile(directory));
  await expect(connectCore(scratchDirectory('empty'))).rejects.toThrow(NoCore);
  await http.close();
  await release();
  await writeFile(controlFile(directory), control);
  await expect(connectCore(directory)).rejects.toThrow('Postern is not running with this data directory.');
  const other = createServer((_request, response) => response.writeHead(204).end());
  await new Promise<void>((resolve) => other.listen(http.port, '127.0.0.1', resolve));
  await expect(connectCore(directory)).rejects.toThrow(NoCore);
  await new Promise((resolve) => other.close(resolve));
});

describe('81: a core that runs and cannot be spoken to is told from none', () => {
  const meet = async (server: NetServer) => {
    await http.close();
    await new Promise<void>((resolve) => server.listen(http.port, '127.0.0.1', resolve));
    atEnd(() => void server.close());
    const refused = connectCore(directory);
    await expect(refused).rejects.toThrow(CoreUnreachable);
    await expect(refused).rejects.toThrow(`Postern runs (process ${process.pid}), but cannot be reached: `);
    return refused.catch((error: Error) => error.message);
  };
  test('it does not listen', async () => {
    await http.close();
    await expect(connectCore(directory)).rejects.toThrow(/: It is no longer listening\.$/);
  });
  test('it is slow', async () => {
    expect(await meet(createNetServer(() => undefined))).toMatch(/: It does not answer: it is very busy, or suspended/);
  });
  test('it resets', async () => {
    expect(await meet(createNetServer((socket) => void socket.resetAndDestroy()))).toMatch(
      /: It is no longer listening/,
    );
  });
  test('it refuses us, in its words', async () => {
    const refusing = createServer((_request, response) => response.writeHead(403).end(`${unasked['other-user']}\n`));
    expect(await meet(refusing)).toMatch(
      /: This is not for you: only programs of the user that runs Postern may ask\.$/,
    );
  });
  test('its file is not there', async () => {
    await rm(controlFile(directory));
    await expect(connectCore(directory)).rejects.toThrow(CoreUnreachable);
  });
});

describe('81: another program that has taken the port of a core', () => {
  /** Agrees to everything, and records what it hears. */
  async function stranger(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      request.on('data', (chunk) => heard.push(String(chunk)));
      answer(request, response);
    });
    server.on('checkContinue', (request, response) => {
      response.writeContinue();
      server.emit('request', request, response);
    });
    await http.close();
    await new Promise<void>((resolve) => server.listen(http.port, '127.0.0.1', resolve));
    atEnd(() => void server.close());
    atEnd(() => server.closeAllConnections());
    return heard;
  }

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['says yes', (_request, response) => response.writeHead(204).end()],
    [
      'sends back what it was sent',
      (request, response) => response.writeHead(204, { [proofHeader]: String(request.headers[challengeHeader]) }).end(),
    ],
    ['has words of its own', (_request, response) => response.writeHead(403).end('Run this command: evil')],
    ['never stops', (_request, response) => response.writeHead(403).end('x'.repeat(1_000_000))],
  ])('while the next one starts is found out: it %s', async (_, answer) => {
    await stranger(answer);
    const refused = connectCore(directory);
    await expect(refused).rejects.toThrow(CoreUnreachable);
    await expect(refused).rejects.toThrow(/: Another program answers at its port\. It was told nothing\. Try again\.$/);
  });

  test('between two commands hears nothing of the second one', async () => {
    const client = await connectCore(directory);
    expect((await client.command('check', {})).ok).toBe(true);
    const heard = await stranger((_request, response) => response.end('{"result":{"ok":true}}\n'));
    await expect(client.command('check', { user: 'ann', password: 'secret' })).rejects.toThrow(
      /Another program answers/,
    );
    await expect(client.windowLink()).rejects.toThrow(/Another program answers/);
    expect(heard).toEqual([]);
    client.close();
  });
});

test('a proxy named by the environment is not used for this computer', async () => {
  process.env.NODE_USE_ENV_PROXY = '1';
  process.env.HTTP_PROXY = 'http://127.0.0.1:9';
  try {
    const client = await connectCore(directory);
    expect((await client.command('check', {})).ok).toBe(true);
    client.close();
  } finally {
    delete process.env.NODE_USE_ENV_PROXY;
    delete process.env.HTTP_PROXY;
  }
});
