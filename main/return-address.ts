import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwaitReturn } from '../proxy/oauth/return-address.ts';
import { returnPage, returnPageHeaders } from './return-page.ts';

// Not by `import`, which would load much more of it; see http/server.ts.
const { createServer } = process.getBuiltinModule('node:http');

/** A code has some hundred characters; nobody who comes back brings more than a few KiB. */
const maxHeaderSize = 16 * 1024;
/** Browsers ask for an icon, and web pages knock: more at the same time is nobody's browser. */
const maxConnections = 20;
/** A port that both loopback addresses have to have is looked for so often. */
const maxTries = 10;

/**
 * Waits on loopback for the browser that comes back from a provider. What is no navigation of a browser's own window to the
 * very path finds nothing here: no page can read the answer, nor learn from it that somebody is about to sign in.
 */
export const awaitReturn: AwaitReturn = async ({ host, path: given }, hear) => {
  const path = given ?? `/${randomBytes(24).toString('base64url')}`;
  let port = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.canParse(request.url ?? '', 'http://x') ? new URL(request.url ?? '', 'http://x') : null;
    const page =
      url?.pathname === path && isNavigation(request, `${host}:${port}`) ? await hear(url.searchParams) : null;
    if (page === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain', Connection: 'close' }).end('There is nothing here.\n');
      return;
    }
    response.writeHead(200, returnPageHeaders).end(returnPage(page));
  };
  const servers = await listenAlike(host === 'localhost' ? ['127.0.0.1', '::1'] : ['127.0.0.1'], answer);
  port = portOf(servers);
  return {
    redirectUri: `http://${host}:${port}${path}`,
    close: async () => {
      await Promise.all(servers.map(closed));
    },
  };
};

function portOf([server]: Server[]): number {
  return (server?.address() as AddressInfo | undefined)?.port ?? 0;
}

/** A name that was rebound to this computer, a script's request, a picture or frame in a page: none of them comes back. */
function isNavigation({ method, headers }: IncomingMessage, ourHost: string): boolean {
  const mode = headers['sec-fetch-mode'];
  const destination = headers['sec-fetch-dest'];
  return (
    method === 'GET' &&
    headers.host === ourHost &&
    headers.origin === undefined &&
    (mode === undefined || mode === 'navigate') &&
    (destination === undefined || destination === 'document')
  );
}

/** Listens on one port of these addresses; an address that this computer does not have is left out. */
async function listenAlike(
  [first = '127.0.0.1', ...others]: string[],
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server[]> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await listen(first, 0, answer);
    const servers = [server];
    try {
      const { port } = server.address() as AddressInfo;
      for (const address of others) {
        const more = await listen(address, port, answer).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return null;
          throw error;
        });
        if (more) servers.push(more);
      }
      return servers;
    } catch (error) {
      await Promise.all(servers.map(closed));
      if (attempt === maxTries) throw error;
    }
  }
}

async function listen(
  host: string,
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer({ maxHeaderSize, requestTimeout: 10_000, headersTimeout: 10_000 });
  server.maxConnections = maxConnections;
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  // No descriptor was left for a connection: the next one finds the listener there.
  server.on('error', () => undefined);
  return server;
}

/** Ends when what was being answered is out; connections that ask nothing are cut. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}
