import type { Duplex } from 'node:stream';

/** One question, over a connection that leads to the right server already. */
export interface HttpQuestion {
  method: 'GET' | 'POST';
  /** For the `Host` header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  /** Of the answer; more than this is broken off. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  /** By their names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Asks one question by HTTP and reads the whole answer, whatever its status. Like `HttpGet`, it is brought along by
 * whoever puts the core together.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export type HttpExchange = (connection: Duplex, question: HttpQuestion) => Promise<HttpAnswer>;
