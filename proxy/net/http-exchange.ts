import type { Duplex } from 'node:stream';

/** One request, over a connection that already leads to the right server. */
export interface HttpQuestion {
  method: 'GET' | 'POST';
  /** For the `Host` header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Of the response; a larger one is aborted. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  /** By name in lower case. */
  headers: Record<string, string>;
  /** Empty in the answer to a GET unless its status is 200. */
  body: Buffer;
}

/** Whether a response with this status redirects through its Location (RFC 9110 §15.4). */
export function isRedirection(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/**
 * Sends one HTTP request over a connection, and reads the response. The core knows no HTTP: its caller supplies this.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export type HttpExchange = (connection: Duplex, question: HttpQuestion) => Promise<HttpAnswer>;
