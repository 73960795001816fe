import { promises as dns } from 'node:dns';

/** One SRV record (RFC 2782). */
export interface SrvRecord {
  /** As it came; `''` or `.` says that the service is explicitly not offered. */
  name: string;
  port: number;
  priority: number;
  weight: number;
}

export interface MxRecord {
  exchange: string;
  priority: number;
}

/** The DNS queries of discovery besides addresses. An absent record is an empty list. @throws NoAnswer */
export interface DnsQueries {
  srv(name: string, signal: AbortSignal): Promise<SrvRecord[]>;
  mx(domain: string, signal: AbortSignal): Promise<MxRecord[]>;
}

/** The name server gave no usable answer: silence, a failure, nonsense. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** How long each of two tries waits, in milliseconds: a name server at home answers in a few hundredths of that. */
const tryMilliseconds = 2_000;

const absences = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * Asks this computer's name servers.
 *
 * @param servers asked instead, `ADDRESS` or `ADDRESS:PORT`
 */
export function createDns(servers?: readonly string[]): DnsQueries {
  async function ask<T>(signal: AbortSignal, question: (resolver: dns.Resolver) => Promise<T[]>): Promise<T[]> {
    signal.throwIfAborted();
    // A new one for each query: it reads the name servers when it is created, and networks change.
    const resolver = new dns.Resolver({ timeout: tryMilliseconds, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await question(resolver);
    } catch (error) {
      signal.throwIfAborted();
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (absences.has(code)) return [];
      throw new NoAnswer(`The name service (DNS) gave no usable answer (${code || 'unknown error'}).`, {
        cause: error,
      });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
  return {
    srv: (name, signal) => ask(signal, (resolver) => resolver.resolveSrv(name)),
    mx: (domain, signal) => ask(signal, (resolver) => resolver.resolveMx(domain)),
  };
}
