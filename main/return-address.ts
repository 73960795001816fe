import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwaitReturn } from '../proxy/oauth/return-address.ts';
import { letIn } from './http/connection-limits.ts';
import { returnPage, returnPageHeaders } from './return-page.ts';

// Not by `import`, which would load much more of it; see http/server.ts.
const { createServer } = process.getBuiltinModule('node:http');

/** A code has a few hundred characters; a genuine return is at most a few KiB. */
const maxHeaderSize = 16 * 1024;
/** Browsers ask for an icon, and web pages probe: more simultaneous connections do not come from a browser. */
const maxConnections = 20;
/** How many times to look for a port that is free on both loopback addresses. */
const maxTries = 10;

/**
 * Waits on loopback for the browser to come back from a provider. Anything but a top-level navigation to the exact path
 * finds nothing here: no page can read the answer, nor learn from it that somebody is about to sign in.
 */
export const awaitReturn: AwaitReturn = async ({ host, path: given, port: wanted }, hear) => {
  const path = given ?? `/${randomBytes(24).toString('base64url')}`;
  let port = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.canParse(request.url ?? '', 'http://x') ? new URL(request.url ?? '', 'http://x') : null;
    const page =
      url?.pathname === (path || '/') && isNavigation(request, `${host}:${port}`) ? await hear(url.searchParams) : null;
    if (page === null) {
      response.writeHead(404, { 'Content-Type': 'text/plain', Connection: 'close' }).end('There is nothing here.\n');
      return;
    }
    response.writeHead(200, returnPageHeaders).end(returnPage(page));
  };
  const servers = await listenAlike(host === 'localhost' ? ['127.0.0.1', '::1'] : ['127.0.0.1'], wanted, answer);
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

/** DNS rebinding, a script's request, an image or frame in a page: none of these is a genuine return. */
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

/** Listens on the same port at these addresses, the wanted one or any that is free on all; an address that this computer does not have is left out. */
async function listenAlike(
  [first = '127.0.0.1', ...others]: string[],
  wanted: number | null,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server[]> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await listen(first, wanted ?? 0, answer);
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
      if (wanted !== null || attempt === maxTries) throw error;
    }
  }
}

async function listen(
  host: string,
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer({ maxHeaderSize, requestTimeout: 10_000, headersTimeout: 10_000 });
  letIn(server, { places: maxConnections, whose: 'own-first' });
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  // There was no descriptor left for a connection: the listener is still there for the next one.
  server.on('error', () => undefined);
  return server;
}

/** Ends when pending answers have been sent; idle connections are cut. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}
