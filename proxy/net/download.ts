import type { Resolve } from './dial.ts';

/** What bounds a download. */
export interface DownloadLimits {
  /** More than this is broken off. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
  resolve: Resolve;
  /** Whether this IP address may be connected to. Asked for every address before it is, after a redirect too. */
  mayReach(address: string): boolean;
}

/**
 * Gets what is at an http or https address. The core knows no HTTP: whoever puts it together brings this along. What
 * comes is not to be trusted for the way that it came.
 *
 * @throws {DownloadFailed}
 * @throws the signal's reason
 */
export type Download = (url: string, limits: DownloadLimits) => Promise<Buffer>;

/** The message completes "…: ", and holds no text of a stranger. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}
