import type { DiscoverySource, Protocol, ServerPlace, TlsMode } from '../contract/index.ts';

/** A server that somebody has named, before anyone has connected to it. */
export interface Candidate extends ServerPlace {
  source: DiscoverySource;
  evidence: string;
  confirm: boolean;
}

/** The ports that mail is read and submitted at (RFC 8314 §3.2, §3.3; RFC 6409 §3.1; RFC 3501, RFC 1939). */
export const usualPorts: Record<Protocol, Record<TlsMode, number>> = {
  imap: { implicit: 993, starttls: 143 },
  pop3: { implicit: 995, starttls: 110 },
  smtp: { implicit: 465, starttls: 587 },
};

/**
 * The order in which candidates of one source and protocol are tried: TLS from the first byte before STARTTLS
 * (RFC 8314 §3), else as they came. Each place once.
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
