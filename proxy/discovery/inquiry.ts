import { isMail, type KnownProvider, type Protocol, protocolFacts, protocols } from '../contract/index.ts';
import { listed } from '../contract/words/phrases.ts';
import type { HttpExchange } from '../net/http-exchange.ts';
import { type EmailAddress, isHostName } from './address.ts';
import { askAutoconfig } from './autoconfig.ts';
import type { Candidate } from './candidate.ts';
import { type DnsQueries, NoAnswer } from './dns.ts';
import { candidatesOf, type Provider, providerOfDomain, shownProvider } from './providers.ts';
import type { Search } from './search.ts';
import { lookUpServices } from './srv.ts';
import type { VerifyContext } from './verify.ts';

/** What a search uses. */
export interface DiscoveryContext extends VerifyContext {
  dns: DnsQueries;
  exchange: HttpExchange;
  /** For the whole search. */
  searchMilliseconds: number;
}

/** The protocol for reading mail that a search must find; either where none is named. */
export type Reading = 'imap' | 'pop3' | undefined;

/** One search for the servers of an address, and what is learnt besides the servers themselves. */
export interface Inquiry {
  who: EmailAddress;
  reading: Reading;
  search: Search;
  context: DiscoveryContext;
  signal: AbortSignal;
  provider: KnownProvider | null;
  user: string | null;
  remarks: string[];
  /** Protocols that the domain says it does not offer: they are not looked for (RFC 6186 §3.4). */
  notOffered: Set<Protocol>;
  /** Whether the name server left something unanswered. */
  dnsSilent: boolean;
  offline: boolean;
}

/** Whether there are servers for reading and for sending. */
export function isSatisfied({ search: { found }, reading }: Inquiry): boolean {
  const reads = reading === undefined ? found.has('imap') || found.has('pop3') : found.has(reading);
  return reads && found.has('smtp');
}

/** The provider has no servers that a mail program could reach. */
export function isClosed({ signIn }: KnownProvider): boolean {
  return signIn === 'bridge' || signIn === 'impossible';
}

export async function askProviderTable({ who: { domain }, search }: Inquiry): Promise<Provider | null> {
  return search.step(
    'provider-table',
    `Looking ${domain} up in Postern’s own table of providers …`,
    async () => providerOfDomain(domain),
    (provider) =>
      provider
        ? { outcome: 'ok', message: `${domain} belongs to ${provider.name}.` }
        : { outcome: 'nothing', message: `${domain} is not in Postern’s own table of providers.` },
  );
}

/**
 * Takes what the table says of a provider, and tries its servers.
 *
 * @param domain set when the provider was guessed from the unsigned DNS of this domain
 */
export async function tryProvider(provider: Provider, inquiry: Inquiry, domain?: string): Promise<void> {
  inquiry.provider = shownProvider(provider);
  inquiry.user = provider.user === 'local-part' ? inquiry.who.local : inquiry.who.address;
  if (!isClosed(provider)) await inquiry.search.tryNamed(offered(candidatesOf(provider, domain), inquiry));
}

/** What candidates are for: `mail servers and a directory`. */
function kindsOf(candidates: readonly Candidate[]): string {
  const words = { news: 'a news server', 'address-book': 'a directory' };
  const others = (['news', 'address-book'] as const).filter((purpose) =>
    candidates.some(({ protocol }) => protocolFacts[protocol].purpose === purpose),
  );
  return listed([...(candidates.some(isMail) ? ['mail servers'] : []), ...others.map((purpose) => words[purpose])]);
}

/** The domain's SRV records. */
export async function askServices(inquiry: Inquiry): Promise<void> {
  const { who, search, context, signal, remarks } = inquiry;
  const { domain } = who;
  const { candidates, none, complete } = await search.step(
    'srv',
    `Asking the DNS of ${domain} for its servers (SRV) …`,
    () => lookUpServices(domain, context.dns, signal),
    ({ candidates, none, complete }) => {
      if (candidates.length > 0)
        return { outcome: 'ok', message: `The DNS of ${domain} names ${kindsOf(candidates)}.` };
      if (!complete) return { outcome: 'failed', message: 'The name service (DNS) gave no usable answer.' };
      const said = none.size > 0 ? `says that it offers no ${[...none].join(', ').toUpperCase()}` : 'names no servers';
      return { outcome: 'nothing', message: `The DNS of ${domain} ${said}.` };
    },
  );
  inquiry.dnsSilent = !complete;
  await search.tryNamed(candidates);
  if (isSatisfied(inquiry)) return;
  inquiry.notOffered = none;
  for (const protocol of none) {
    remarks.push(`${domain} says in its DNS that it offers no ${protocol.toUpperCase()}.`);
  }
}

/** The domain's settings file. */
export async function askSettingsFile(inquiry: Inquiry): Promise<void> {
  const { who, search, context, signal, remarks } = inquiry;
  const { domain } = who;
  const file = await search.step(
    'autoconfig',
    `Asking ${domain} for its settings file (autoconfig) …`,
    () => askAutoconfig(who, context, signal),
    ({ candidates, plaintext, failures }) => {
      if (candidates.length > 0)
        return { outcome: 'ok', message: `The settings file of ${domain} names mail servers.` };
      if (failures.length > 0) return { outcome: 'failed', message: failures.join(' ') };
      const said = plaintext.length > 0 ? 'names servers without encryption only' : 'was not found';
      return { outcome: 'nothing', message: `The settings file of ${domain} ${said}.` };
    },
  );
  inquiry.user ??= file.user;
  for (const server of file.plaintext) {
    remarks.push(
      `The settings file of ${domain} names ${server} for use without encryption. Postern never connects that way.`,
    );
  }
  await search.tryNamed(offered(file.candidates, inquiry));
  for (const server of search.found.values()) if (file.oauthOnly.has(server.server)) server.signIn = 'oauth-only';
}

/** @returns the hosts that accept the domain's mail, first choice first; null without a usable answer */
export async function askExchangers({ who: { domain }, search, context, signal }: Inquiry): Promise<string[] | null> {
  return search.step(
    'mx',
    `Asking the DNS where the mail of ${domain} goes (MX) …`,
    () => exchangersOf(domain, context.dns, signal),
    (hosts) => {
      if (hosts === null) return { outcome: 'failed', message: 'The name service (DNS) gave no usable answer.' };
      const [first] = hosts;
      return first === undefined
        ? { outcome: 'nothing', message: `The DNS names no host that takes mail for ${domain}.` }
        : { outcome: 'ok', message: `The mail of ${domain} goes to ${first}.` };
    },
  );
}

/** Tries names that nobody has given. */
export async function guess(
  inquiry: Inquiry,
  key: string,
  message: string,
  names: (protocol: Protocol) => Candidate[],
): Promise<void> {
  const { search } = inquiry;
  const before = search.found.size;
  await search.step(
    key,
    message,
    () => search.tryGuesses(offered(protocols.flatMap(names), inquiry)),
    () =>
      search.found.size > before
        ? { outcome: 'ok', message: 'A usual name led to a server.' }
        : { outcome: 'nothing', message: 'None of the usual names led to a server that could be verified.' },
  );
}

function offered(all: readonly Candidate[], { notOffered }: Inquiry): Candidate[] {
  return all.filter(({ protocol }) => !notOffered.has(protocol));
}

const maxExchangers = 10;

async function exchangersOf(domain: string, dns: DnsQueries, signal: AbortSignal): Promise<string[] | null> {
  try {
    const records = await dns.mx(domain, signal);
    return records
      .sort((a, b) => a.priority - b.priority)
      .map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''))
      .filter(isHostName)
      .slice(0, maxExchangers);
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}
