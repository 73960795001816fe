import type { DiscoverySource, ServerPlace } from '../contract/index.ts';

/** A server that somebody has named, before anyone has connected to it. */
export interface Candidate extends ServerPlace {
  source: DiscoverySource;
  evidence: string;
  confirm: boolean;
}

/**
 * The order in which candidates of one source and protocol are tried: TLS from the first byte before STARTTLS (RFC 8314
 * §3), otherwise as they came. Each place once.
 */
export function inOrder(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  const sorted = [
    ...candidates.filter(({ tls }) => tls === 'implicit'),
    ...candidates.filter(({ tls }) => tls === 'starttls'),
  ];
  return sorted.filter(({ server, port, tls }) => {
    const place = `${server} ${port} ${tls}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
