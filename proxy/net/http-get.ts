import type { Duplex } from 'node:stream';

/** What is asked for, over a connection that leads to the right server already. */
export interface HttpGetRequest {
  /** For the `Host` header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  /** More than this is broken off. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
}

export interface HttpGetResponse {
  status: number;
  /** Where a redirect leads; null for all else. */
  location: string | null;
  /** Empty for anything but status 200. */
  body: Buffer;
}

/**
 * Speaks HTTP over a connection, once. The core knows no HTTP: whoever puts it together brings this along.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export type HttpGet = (connection: Duplex, request: HttpGetRequest) => Promise<HttpGetResponse>;
