import { type Protocol, protocolFacts, protocols, tlsModes } from '../contract/index.ts';
import { isHostName, isInside } from './address.ts';
import type { Candidate } from './candidate.ts';
import { type DnsQueries, NoAnswer, type SrvRecord } from './dns.ts';

/** The services that name mail servers (RFC 6186 §3, RFC 8314 §5.1), and those for news. */
const services = protocols.flatMap((protocol) =>
  tlsModes.map((tls) => ({ label: protocolFacts[protocol].services[tls], protocol, tls })),
);

/** The most records tried for each service: a provider has a handful at most, an answer may hold thousands. */
const maxRecords = 4;

/** What the SRV records of a domain say. */
export interface SrvAnswer {
  candidates: Candidate[];
  /** Protocols that the domain says it does not offer (target `.`) and names no server for. */
  none: Set<Protocol>;
  /** False when the name server gave no usable answer to some of the questions. */
  complete: boolean;
}

/**
 * Asks for all services at once.
 *
 * @throws the signal's reason
 */
export async function lookUpServices(domain: string, dns: DnsQueries, signal: AbortSignal): Promise<SrvAnswer> {
  const answers = await Promise.all(
    services.map(async (service) => {
      const name = `${service.label}._tcp.${domain}`;
      try {
        return { ...service, name, records: await dns.srv(name, signal) };
      } catch (error) {
        if (error instanceof NoAnswer) return { ...service, name, records: null };
        throw error;
      }
    }),
  );
  const candidates = answers.flatMap(({ name, protocol, tls, records }) =>
    usableRecords(records ?? []).map(({ name: server, port }): Candidate => {
      const evidence = `The DNS of ${domain} names it (${name}).`;
      return { protocol, server, port, tls, source: 'srv', evidence, confirm: !isInside(server, domain) };
    }),
  );
  const denied = answers.filter(({ records }) => records?.some(isDenial)).map(({ protocol }) => protocol);
  return {
    candidates,
    none: new Set(denied.filter((protocol) => !candidates.some((candidate) => candidate.protocol === protocol))),
    complete: answers.every(({ records }) => records !== null),
  };
}

/**
 * The records that name a server, best first: lowest priority, then highest weight, then by name. RFC 2782 chooses
 * between weights at random to spread the load; what is found here is kept for years, and the same question should find
 * the same server.
 */
export function usableRecords(records: readonly SrvRecord[]): SrvRecord[] {
  return records
    .map((record) => ({ ...record, name: record.name.toLowerCase().replace(/\.$/, '') }))
    .filter(({ name, port }) => isHostName(name) && port > 0)
    .sort((a, b) => a.priority - b.priority || b.weight - a.weight || (a.name < b.name ? -1 : 1))
    .slice(0, maxRecords);
}

/** RFC 6186 §3.4: a single record with the target `.` says that the service is explicitly not offered. */
function isDenial({ name }: SrvRecord): boolean {
  return name === '' || name === '.';
}
