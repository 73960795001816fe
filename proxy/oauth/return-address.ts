/** What the browser is shown at the end. */
export interface EndPage {
  outcome: 'signed-in' | 'failed';
  /** A headline, and one or two sentences. Plain text. */
  title: string;
  sentence: string;
}

/** Where on this computer the browser is to return to: the port can be guessed, and so can the path if it is given. */
export interface ReturnPlace {
  host: 'localhost' | '127.0.0.1';
  /** Null for one that nobody can guess; empty where the address has none, and the browser asks for `/`. */
  path: string | null;
  /** Null for any that is free. */
  port: number | null;
}

/** A loopback address where a browser's answer is awaited (RFC 8252 §7.3). */
export interface ReturnAddress {
  redirectUri: string;
  /** By then, what was shown to a browser has been sent; nothing more is received. */
  close(): Promise<void>;
}

/**
 * Listens on loopback for the returning browser. The core knows no HTTP: its caller supplies this.
 *
 * @param hear receives the query of each visit to the exact path. It returns what to show the browser, or null for a
 *   visit that is not the one expected: that gets the same answer as an unknown path.
 * @throws the system's error when no port can be had, or not the one that was asked for
 */
export type AwaitReturn = (
  place: ReturnPlace,
  hear: (query: URLSearchParams) => Promise<EndPage | null>,
) => Promise<ReturnAddress>;
