import type { RelayRow } from './state.ts';

/**
 * What protects the connection between a client and Postern:
 *
 * - `here`: it does not leave this computer;
 * - `open`: plaintext in the local network, as far as Postern has seen;
 * - `asked-for`: every device had TLS the last time it was here, though the relay takes those without;
 * - `closed`: the relay takes nothing but TLS.
 */
export type LocalLeg = 'here' | 'open' | 'asked-for' | 'closed';

/** One device that was admitted and never asked for TLS makes it `open`, whatever the others do. */
export function localLeg({ localTls, devices = [] }: Pick<RelayRow, 'localTls' | 'devices'>): LocalLeg {
  if (localTls === undefined) return 'here';
  if (localTls === 'require' || localTls === 'implicit') return 'closed';
  const seen = devices.filter(({ listed, tls }) => listed && tls !== undefined);
  return seen.length > 0 && seen.every(({ tls }) => tls !== null) ? 'asked-for' : 'open';
}
