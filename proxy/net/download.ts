import type { Resolve } from './dial.ts';

/** The limits of a download. */
export interface DownloadLimits {
  /** A download larger than this is aborted. */
  maxBytes: number;
  /** Aborts it at any point. */
  signal: AbortSignal;
  resolve: Resolve;
  /** Whether this IP address may be connected to. Asked for every address before it is, after a redirect too. */
  mayReach(address: string): boolean;
}

/**
 * Fetches an http or https address. The core knows no HTTP: its caller supplies this. The transfer does not make the
 * content trustworthy.
 *
 * @throws {DownloadFailed}
 * @throws the signal's reason
 */
export type Download = (url: string, limits: DownloadLimits) => Promise<Buffer>;

/** The message completes "…: ", and contains no text from a stranger. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}
