import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { download } from '../../main/download.ts';
import { resolveBySystem } from '../../proxy/net/dial.ts';
import { DownloadFailed, type DownloadLimits } from '../../proxy/net/download.ts';
import { kernelBytes } from '../support/kernel-buffers.ts';
import { startListServer } from '../trust/revocation/support.ts';

const limits = (more: Partial<DownloadLimits> = {}): DownloadLimits => ({
  maxBytes: 1024 * 1024,
  signal: AbortSignal.timeout(60_000),
  resolve: resolveBySystem,
  mayReach: () => true,
  ...more,
});

/** Why the download failed. */
async function failed(downloading: Promise<Buffer>): Promise<string> {
  const error = await downloading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DownloadFailed)) throw new Error(`not failed as expected: ${String(error)}`);
  return error.message;
}

/** A server with this at `/`. */
async function serving(what: Uint8Array | RequestListener) {
  const server = await startListServer();
  server.put('/', what);
  return server;
}

describe('what comes', () => {
  test('is what is there, byte by byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    expect(await download((await serving(bytes)).url('/'), limits())).toEqual(bytes);
  });

  test('is asked for without cookies, compression or a way back', async () => {
    let headers = {};
    const server = await serving((request, response) => {
      headers = request.headers;
      response.end('x');
    });
    await download(server.url('/'), limits());
    expect(headers).toEqual({
      host: new URL(server.url('/')).host,
      'user-agent': 'Postern',
      accept: '*/*',
      connection: 'close',
    });
  });

  test.each([301, 302, 303, 307, 308])('comes from where %i leads', async (status) => {
    const server = await serving((_, response) => response.writeHead(status, { location: 'there?a=1' }).end());
    server.put('/there?a=1', Buffer.from('here'));
    expect(String(await download(server.url('/'), limits()))).toBe('here');
  });

  test('may come over three redirects, and not over four', async () => {
    const server = await serving(Buffer.from('here'));
    const steps = (number: number): string => (number === 0 ? '/' : `/${number}`);
    for (let number = 1; number <= 4; number += 1) {
      server.put(steps(number), (_, response) => response.writeHead(302, { location: steps(number - 1) }).end());
    }
    expect(String(await download(server.url('/3'), limits()))).toBe('here');
    expect(await failed(download(server.url('/4'), limits()))).toBe(
      'it leads from one address to the next without an end',
    );
  });

  test('may be as large as allowed, and not a byte larger, announced or not', async () => {
    const server = await serving(Buffer.alloc(2048));
    server.put('/unannounced', (_, response) => {
      response.write(Buffer.alloc(1024));
      response.end(Buffer.alloc(1024));
    });
    for (const path of ['/', '/unannounced']) {
      expect(await download(server.url(path), limits({ maxBytes: 2048 }))).toHaveLength(2048);
      expect(await failed(download(server.url(path), limits({ maxBytes: 2047 })))).toBe('it is larger than 1 KiB');
    }
  });

  test('without an end is broken off', async () => {
    let sent = 0;
    const server = await serving((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        response.once('drain', more);
      };
      more();
    });
    expect(await failed(download(server.url('/'), limits()))).toBe('it is larger than 1024 KiB');
    // What the kernel takes in advance is not read.
    expect(sent).toBeLessThan(kernelBytes() + 4 * 1024 * 1024);
  });
});

describe('it fails', () => {
  test.each<[string, RequestListener, string]>([
    ['not found', (_, response) => response.writeHead(404).end(), 'its server answered with status 404'],
    ['nothing new', (_, response) => response.writeHead(204).end(), 'its server answered with status 204'],
    ['a part', (_, response) => response.writeHead(206).end('x'), 'its server answered with status 206'],
    ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), 'its server answered with status 302'],
    [
      'a redirect to a file',
      (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'it leads to something other than a web address',
    ],
    [
      'a redirect to nonsense',
      (_, response) => response.writeHead(302, { location: 'http://' }).end(),
      'it leads to something other than a web address',
    ],
    [
      'a circle',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      'it leads from one address to the next without an end',
    ],
    [
      'compression that was not asked for',
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'it came in a form that was not asked for',
    ],
    [
      'a body that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('x', () => response.destroy());
      },
      'the connection to its server failed (ECONNRESET)',
    ],
  ])('%s', async (_, listener, why) => {
    expect(await failed(download((await serving(listener)).url('/'), limits()))).toBe(why);
  });

  test('where nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const why = await failed(download(`http://127.0.0.1:${port}/`, limits()));
    expect(why).toBe('the connection to its server failed (ECONNREFUSED)');
  });

  test('where something else than HTTP is spoken', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example.org\r\n')).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await failed(download(`http://127.0.0.1:${port}/`, limits()))).toMatch(
      /^the connection to its server failed/,
    );
  });

  test('where the name is not known', async () => {
    const resolve = () => Promise.reject(new Error('no such name'));
    expect(await failed(download('http://lists.test/', limits({ resolve })))).toBe(
      'the address of its server could not be looked up',
    );
  });

  test('over https to a server that proves nothing', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    server.on('connection', (socket) => socket.end('not TLS'));
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await failed(download(`https://127.0.0.1:${port}/`, limits()))).toMatch(
      /^the connection to its server failed/,
    );
  });
});

describe('the time limit', () => {
  test.each<[string, RequestListener]>([
    ['of an answer that does not come', () => {}],
    ['of one that trickles', (_, response) => void response.write('x')],
  ])('%s ends it', async (_, listener) => {
    const ending = new AbortController();
    const server = await serving((request, response) => {
      listener(request, response);
      setImmediate(() => ending.abort(new Error('time is up')));
    });
    await expect(download(server.url('/'), limits({ signal: ending.signal }))).rejects.toThrow('time is up');
  });

  test('holds for the look-up of the name too', async () => {
    const ending = new AbortController();
    const resolve = () => new Promise<string[]>(() => setImmediate(() => ending.abort(new Error('time is up'))));
    const downloading = download('http://lists.test/', limits({ resolve, signal: ending.signal }));
    await expect(downloading).rejects.toThrow('time is up');
  });
});

describe('an address that may not be reached', () => {
  const own = 'its address is on this computer or a network of its own';

  test.each(['localhost', '127.0.0.1', '[::1]', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'is not connected to as %s',
    async (host) => {
      const server = await serving(Buffer.from('secret'));
      const { port } = new URL(server.url('/'));
      const asked: string[] = [];
      const mayReach = (address: string) => asked.push(address) === 0;
      expect(await failed(download(`http://${host}:${port}/`, limits({ mayReach })))).toBe(own);
      expect(asked.length).toBeGreaterThan(0);
      expect(server.asked).toEqual([]);
    },
  );

  test('is not connected to after a redirect either', async () => {
    const inner = await serving(Buffer.from('secret'));
    const outer = await serving((_, response) =>
      response.writeHead(302, { location: inner.url('/').replace('127.0.0.1', '127.0.0.2') }).end(),
    );
    const mayReach = (address: string) => address === '127.0.0.1';
    expect(await failed(download(outer.url('/'), limits({ mayReach })))).toBe(own);
    expect(inner.asked).toEqual([]);
  });

  test('is left out where a name has others, and the name is looked up once', async () => {
    const server = await serving(Buffer.from('here'));
    const { port } = new URL(server.url('/'));
    const looked: string[] = [];
    const resolve = async (host: string) => {
      looked.push(host);
      return ['10.0.0.1', '127.0.0.1'];
    };
    const mayReach = (address: string) => address === '127.0.0.1';
    expect(String(await download(`http://lists.test:${port}/`, limits({ resolve, mayReach })))).toBe('here');
    expect(looked).toEqual(['lists.test']);
  });
});
