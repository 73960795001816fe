/** What the browser is shown at the end of its way. */
export interface EndPage {
  outcome: 'signed-in' | 'failed';
  /** A headline, and one or two sentences. Plain text. */
  title: string;
  sentence: string;
}

/** Where on this computer the browser is to come back to: the port is anyone's guess, the path too unless it is given. */
export interface ReturnPlace {
  host: 'localhost' | '127.0.0.1';
  /** Null for one that nobody can guess. */
  path: string | null;
}

/** A place on loopback where a browser's answer is waited for (RFC 8252 §7.3). */
export interface ReturnAddress {
  redirectUri: string;
  /** What was shown to a browser is on its way by then; nothing more is heard. */
  close(): Promise<void>;
}

/**
 * Listens on loopback for the browser that comes back. The core knows no HTTP: whoever puts it together brings this along.
 *
 * @param hear is given the query of each visit to the very path. It gives back what the browser is to be shown, or null for
 *   a visit that is not the one that is waited for: that gets the answer of a place where there is nothing.
 * @throws the system's error when no port can be had
 */
export type AwaitReturn = (
  place: ReturnPlace,
  hear: (query: URLSearchParams) => Promise<EndPage | null>,
) => Promise<ReturnAddress>;
