import type { Duplex } from 'node:stream';

/** What is requested, over a connection that already leads to the right server. */
export interface HttpGetRequest {
  /** For the `Host` header. */
  host: string;
  /** Path and query, percent-encoded. */
  path: string;
  /** A response larger than this is aborted. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
}

export interface HttpGetResponse {
  status: number;
  /** Where a redirect leads; null for anything else. */
  location: string | null;
  /** Empty for anything but status 200. */
  body: Buffer;
}

/**
 * Speaks HTTP over a connection, once. The core knows no HTTP: its caller supplies this.
 *
 * @throws DownloadFailed, or the signal's reason
 */
export type HttpGet = (connection: Duplex, request: HttpGetRequest) => Promise<HttpGetResponse>;
