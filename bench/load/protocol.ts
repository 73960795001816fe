/** What the bench asks of its load client, and what it answers: one object each over Node's IPC. */

export type Direction = 'down' | 'up' | 'both';

export interface BulkOrder {
  kind: 'bulk';
  port: number;
  /** PEM of the authority when the client itself speaks TLS; null for plaintext to a relay. */
  authority: string | null;
  connections: number;
  direction: Direction;
  /** For each connection and direction. */
  bytes: number;
  /** Bytes in one TLS record of the server, 16,384 unless a row is about small ones. */
  record: number;
  /** What the client signs in with; the load server accepts anything. */
  password?: string;
}

export interface RoundTripOrder {
  kind: 'round-trips';
  port: number;
  authority: string | null;
  count: number;
}

export interface SetUpOrder {
  kind: 'set-up';
  port: number;
  authority: string | null;
  count: number;
  /** How many run at once. */
  together: number;
  /** Milliseconds between two. */
  pause?: number;
  /** What the client signs in with; the load server accepts anything. */
  password?: string;
  /** Sends its first command along with the connection, instead of waiting for the greeting. */
  speaksFirst?: boolean;
}

export interface HoldOrder {
  kind: 'hold';
  port: number;
  /** Opens this many sessions that sign in and then stay idle; 0 closes them. */
  count: number;
}

export interface FetchOrder {
  kind: 'fetch';
  port: number;
  authority: string | null;
  user: string;
  password: string;
}

export interface ReadGroupOrder {
  kind: 'read-group';
  port: number;
  authority: string | null;
  /** How many articles are asked for, one after another, as news programs do. */
  articles: number;
}

export interface LookUpOrder {
  kind: 'look-up';
  port: number;
  authority: string | null;
  /** How often everybody in the directory is looked up, one search after another. */
  searches: number;
}

export interface SendOrder {
  kind: 'send';
  port: number;
  authority: string | null;
  bytes: number;
}

export type Order =
  | BulkOrder
  | RoundTripOrder
  | SetUpOrder
  | HoldOrder
  | FetchOrder
  | ReadGroupOrder
  | LookUpOrder
  | SendOrder;

export interface Outcome {
  /** From the first order to the last byte. */
  milliseconds: number;
  /** CPU used by the client itself in that time. */
  cpuSeconds: number;
  /** Bytes carried, over all connections and directions; 0 where it does not matter. */
  bytes: number;
  /** Single measurements in milliseconds: round trips, times to the greeting, times to signed in. */
  samples: Record<string, number[]>;
}

export type Answer = { outcome: Outcome } | { failure: string };
