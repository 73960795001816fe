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
  body: Buffer;
}

/**
 * Sends one HTTP request and reads the whole response, whatever its status. Like `HttpGet`, it is supplied by the
 * core's caller.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export type HttpExchange = (connection: Duplex, question: HttpQuestion) => Promise<HttpAnswer>;
