import providerTable from '../../assets/providers.json' with { type: 'json' };
import type { KnownProvider, Protocol, TlsMode } from '../contract/index.ts';
import { isInside } from './address.ts';
import type { Candidate } from './candidate.ts';

/** One entry of the table. Its facts come from the page that `documentation` names. */
export interface Provider extends KnownProvider {
  /** Whole domains of addresses. */
  domains: string[];
  /** Domains of the mail exchangers that its customers' own domains use. */
  exchangers: string[];
  /** The user name: the whole address, or the part before the `@`. */
  user: 'address' | 'local-part';
  servers: { protocol: Protocol; server: string; port: number; tls: TlsMode }[];
}

const providers = providerTable.providers as Provider[];

/** The provider that an address's domain belongs to, by the table that Postern ships. */
export function providerOfDomain(domain: string): Provider | null {
  return providers.find(({ domains }) => domains.includes(domain)) ?? null;
}

/** The provider whose mail exchangers a domain has. */
export function providerOfExchangers(exchangers: readonly string[]): Provider | null {
  return (
    providers.find(({ exchangers: own }) => exchangers.some((host) => own.some((domain) => isInside(host, domain)))) ??
    null
  );
}

/**
 * @param domain set when the provider was guessed from the unsigned DNS of this domain, which the person has to confirm
 */
export function candidatesOf({ name, servers }: Provider, domain?: string): Candidate[] {
  const evidence =
    domain === undefined
      ? `Postern’s own table of providers names it for ${name}.`
      : `The mail of ${domain} goes to ${name} by its DNS (MX), and Postern’s own table of providers names this server for ${name}.`;
  return servers.map((place) => ({
    ...place,
    source: 'provider-table',
    evidence,
    confirm: domain !== undefined && !isInside(place.server, domain),
  }));
}

/** What is shown of a provider. */
export function shownProvider({ name, signIn, note, documentation }: Provider): KnownProvider {
  return { name, signIn, note, documentation };
}
