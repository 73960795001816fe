import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionFailed } from './http-response.ts';

/** A request over a connection that already leads to the right server. */
export interface RequestOver {
  method: 'GET' | 'POST';
  /** For the `Host` header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
}

/**
 * Sends one HTTP request over a connection that the core has already secured and verified. No proxies, cookies or
 * compression, and no redirect is followed: the core judges where one leads.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export function requestOver(
  connection: Duplex,
  { method, host, path, headers, body, signal }: RequestOver,
): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const request = httpRequest({
      // Without an agent, which would open its own connection, perhaps through a proxy from the environment.
      createConnection: () => connection,
      signal,
      method,
      path,
      headers: { Host: host, 'User-Agent': 'Postern', ...headers, Connection: 'close' },
    });
    // The core hands over its connections paused; by now the parser is listening.
    request.once('socket', () => connection.resume());
    request.once('response', done);
    request.once('error', (error) => fail(signal.aborted ? signal.reason : connectionFailed(error)));
    request.end(body);
  });
}
