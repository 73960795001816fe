import { getDomain } from 'tldts';
import { type Protocol, protocolFacts, tlsModes } from '../contract/index.ts';
import { isHostName, isInside } from './address.ts';
import type { Candidate } from './candidate.ts';

/** The usual names and ports below the address's own domain. */
export function usualNames(protocol: Protocol, domain: string): Candidate[] {
  const hosts = [...protocolFacts[protocol].usualNames.map((label) => `${label}.${domain}`), domain];
  return guesses(protocol, hosts, domain, `It is a usual name for a server of ${domain}.`);
}

/**
 * The usual names and ports around the host that receives a domain's mail, which is often run by the same people:
 * `mx1.mail.hoster.example` leads to itself and to `imap.hoster.example`.
 */
export function namesNearExchanger(protocol: Protocol, domain: string, exchanger: string): Candidate[] {
  const above = getDomain(exchanger) ?? exchanger;
  const hosts = [...protocolFacts[protocol].usualNames.map((label) => `${label}.${above}`), exchanger];
  const evidence = `The mail of ${domain} goes to ${exchanger} by its DNS (MX), and this is a usual name near it.`;
  return guesses(protocol, hosts, domain, evidence);
}

function guesses(protocol: Protocol, hosts: readonly string[], domain: string, evidence: string): Candidate[] {
  const { ports, usualNames: guessed } = protocolFacts[protocol];
  if (guessed.length === 0) return [];
  return tlsModes.flatMap((tls) =>
    hosts.filter(isHostName).map((server) => ({
      protocol,
      server,
      port: ports[tls],
      tls,
      source: 'usual-names' as const,
      evidence,
      confirm: !isInside(server, domain),
    })),
  );
}
