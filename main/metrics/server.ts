import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback } from '../../proxy/contract/local-address.ts';
import { plainAddress } from '../../proxy/net/addresses.ts';
import { letIn } from '../http/connection-limits.ts';
import type { MetricsAddress } from './address.ts';
import type { Metrics } from './metrics.ts';

// As in http/server.ts: an import of node:http would load a whole HTTP client at start-up.
const { createServer } = process.getBuiltinModule('node:http');

/** Scrapers and probes ask one at a time; a burst of connections must not use up descriptors that mail needs. */
const maxConnections = 32;

/** The interface between the core and this server. */
export type Readiness = 'starting' | 'ready' | 'stopping';

export interface MetricsServer {
  /** The TCP port in use; null on a Unix socket. */
  readonly port: number | null;
  /** What `/healthz` says from now on. */
  readiness: Readiness;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (200 while ready, else 503), `/healthz/live` (200 while the process answers at all) and `/metrics`.
 * Nothing can be changed here, and nothing secret is revealed.
 *
 * @param turnedAway called for every connection that is cut because there are too many
 * @throws the system's error when the address is taken, or does not belong to this computer; `ENOTSOCK` when something that is
 *   no socket is at the path
 */
export async function openMetricsServer(
  address: MetricsAddress,
  metrics: Metrics,
  turnedAway?: () => void,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  letIn(server, { places: maxConnections, whose: 'any', ...(turnedAway === undefined ? {} : { turnedAway }) });
  const served: MetricsServer = {
    get port() {
      return 'port' in address ? (server.address() as AddressInfo).port : null;
    },
    readiness: 'starting',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    // An answered connection does not take up a place.
    response.setHeader('Connection', 'close');
    if (isWebPage(request)) return end(response, 403, 'This is not for web pages.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'GET is all there is.');
    switch (request.url) {
      case '/healthz':
        return end(response, served.readiness === 'ready' ? 200 : 503, served.readiness);
      case '/healthz/live':
        return end(response, 200, 'live');
      case '/metrics': {
        const text = await metrics.text();
        response.setHeader('Content-Type', metrics.contentType);
        response.writeHead(200).end(text);
        return;
      }
      default:
        return end(response, 404, '/healthz, /healthz/live and /metrics are all there is.');
    }
  }

  const listen = () => once(server.listen({ ...address, exclusive: true }), 'listening');
  await listen().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || !('path' in address)) throw error;
    // A connection to a file is refused just as one to a dead socket is.
    if (!(await lstat(address.path)).isSocket()) throw Object.assign(new Error('no socket'), { code: 'ENOTSOCK' });
    if (await isServed(address.path)) throw error;
    // The socket of a process that died; nobody listens on it any more.
    await unlink(address.path);
    await listen();
  });
  return served;
}

/**
 * Web pages are refused; scrapers and probes send none of these headers. A name in `Host` may be one that its owner has
 * rebound to this computer, except for those that nobody can have in the public DNS.
 */
export function isWebPage({
  headers,
  socket,
}: {
  headers: IncomingMessage['headers'];
  socket: Pick<IncomingMessage['socket'], 'localAddress'>;
}): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  // A Unix socket has no address, and no browser reaches it.
  if (socket.localAddress === undefined || headers.host === undefined) return false;
  const [, v6, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(headers.host.toLowerCase()) ?? [];
  const host = v6 ?? name;
  // A connection over loopback, whatever address is listened on.
  if (isLoopback(plainAddress(socket.localAddress))) return host !== 'localhost' && !(isIP(host) && isLoopback(host));
  return !(isIP(host) || /^[\w-]+$/.test(host) || host === hostname().toLowerCase());
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

function end(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${words}\n`);
}
