import type { Resolve } from './dial.ts';

/** The limits of a download. */
export interface DownloadLimits {
  /** A download larger than this is aborted. */
  maxBytes: number;
  /** Ends it, whatever it is doing. */
  signal: AbortSignal;
  resolve: Resolve;
  /** Whether this IP address may be connected to. Asked for every address before it is, after a redirect too. */
  mayReach(address: string): boolean;
}

/**
 * Gets what is at an http or https address. The core knows no HTTP: its caller supplies this. How the content arrived
 * is no reason to trust it.
 *
 * @throws {DownloadFailed}
 * @throws the signal's reason
 */
export type Download = (url: string, limits: DownloadLimits) => Promise<Buffer>;

/** The message completes "…: ", and contains no text from a stranger. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}
