import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionFailed } from './http-response.ts';

/** What is sent over a connection that leads to the right server already. */
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
 * Sends one HTTP request over a connection that the core has secured and verified already. No proxies, cookies or
 * compression, and no redirect is followed: where one leads is for the core to judge.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export function requestOver(
  connection: Duplex,
  { method, host, path, headers, body, signal }: RequestOver,
): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const request = httpRequest({
      // Without an agent, which would make a connection of its own, through a proxy of the environment perhaps.
      createConnection: () => connection,
      signal,
      method,
      path,
      headers: { Host: host, 'User-Agent': 'Postern', ...headers, Connection: 'close' },
    });
    // The core hands its connections over paused; by now the parser listens.
    request.once('socket', () => connection.resume());
    request.once('response', done);
    request.once('error', (error) => fail(signal.aborted ? signal.reason : connectionFailed(error)));
    request.end(body);
  });
}
