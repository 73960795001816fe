/**
 * From an e-mail address to its servers, top to bottom: the table that Postern ships, the domain's SRV records, its
 * autoconfig file, its mail exchanger's provider, and finally the usual names. The search ends with the first source
 * that leads to servers for reading and for sending. Whatever names a server, it is offered only after it was connected
 * to and verified.
 */
import type { DiscoveryReport, DiscoveryStep, KnownProvider, Protocol } from '../contract/index.ts';
import { protocols } from '../contract/index.ts';
import type { HttpGet } from '../net/http-get.ts';
import { CommandFailed } from '../state/command-failed.ts';
import { type EmailAddress, isHostName, parseAddress } from './address.ts';
import { askAutoconfig } from './autoconfig.ts';
import { type DnsQueries, NoAnswer } from './dns.ts';
import { candidatesOf, type Provider, providerOfDomain, providerOfExchangers, shownProvider } from './providers.ts';
import { createSearch, type Search } from './search.ts';
import { lookUpServices } from './srv.ts';
import { namesNearExchanger, usualNames } from './usual-names.ts';
import type { VerifyContext } from './verify.ts';

/** What a search uses. */
export interface DiscoveryContext extends VerifyContext {
  dns: DnsQueries;
  httpGet: HttpGet;
  /** For the whole search. */
  searchMilliseconds: number;
}

export interface DiscoveryWish {
  /** As it was typed. */
  address: string;
  /** The protocol for reading mail that the search must find. */
  reading?: 'imap' | 'pop3' | undefined;
}

/**
 * Looks for the servers of an e-mail address.
 *
 * @throws CommandFailed `bad-input` when it is no address, `cancelled` when the signal aborts
 */
export async function discover(
  wish: DiscoveryWish,
  context: DiscoveryContext,
  progress: (step: DiscoveryStep) => void,
  signal: AbortSignal,
): Promise<DiscoveryReport> {
  const who = parseAddress(wish.address);
  if (!who) {
    throw new CommandFailed('bad-input', 'This is no e-mail address. Type the whole of it, such as alice@example.org.');
  }
  const limit = AbortSignal.timeout(context.searchMilliseconds);
  const both = AbortSignal.any([signal, limit]);
  const search = createSearch(context, progress, both);
  const told: Told = { provider: null, user: null, remarks: [] };
  try {
    await lookEverywhere(who, wish.reading, search, context, told, both);
  } catch (error) {
    if (signal.reason instanceof CommandFailed) throw signal.reason;
    if (signal.aborted) throw new CommandFailed('cancelled', 'The search was cancelled.', { cause: error });
    if (!limit.aborted) throw error;
    told.remarks.push('The search took too long and was ended; what was found until then is shown.');
  }
  return report(who, wish.reading, search, told);
}

/** What is learnt besides the servers themselves. */
interface Told {
  provider: KnownProvider | null;
  user: string | null;
  remarks: string[];
}

async function lookEverywhere(
  who: EmailAddress,
  reading: DiscoveryWish['reading'],
  search: Search,
  context: DiscoveryContext,
  told: Told,
  signal: AbortSignal,
): Promise<void> {
  const { domain } = who;
  const satisfied = () => isSatisfied(search, reading);

  const own = await search.step(
    'provider-table',
    `Looking ${domain} up in Postern’s own table of providers …`,
    async () => providerOfDomain(domain),
    (provider) =>
      provider
        ? { outcome: 'ok', message: `${domain} belongs to ${provider.name}.` }
        : { outcome: 'nothing', message: `${domain} is not in Postern’s own table of providers.` },
  );
  if (own) {
    know(own, who, told);
    if (isClosed(own)) return;
    await search.tryNamed(candidatesOf(own));
    if (satisfied()) return;
  }

  const srv = await search.step(
    'srv',
    `Asking the DNS of ${domain} for its mail servers (SRV) …`,
    () => lookUpServices(domain, context.dns, signal),
    ({ candidates, none, complete }) => {
      if (candidates.length > 0) return { outcome: 'ok', message: `The DNS of ${domain} names mail servers.` };
      if (!complete) return { outcome: 'failed', message: 'The name server gave no usable answer.' };
      const said = none.size > 0 ? `says that it offers no ${[...none].join(', ').toUpperCase()}` : 'names no servers';
      return { outcome: 'nothing', message: `The DNS of ${domain} ${said}.` };
    },
  );
  await search.tryNamed(srv.candidates);
  if (satisfied()) return;
  for (const protocol of srv.none) {
    told.remarks.push(`${domain} says in its DNS that it offers no ${protocol.toUpperCase()}.`);
  }
  /** What the domain says it does not offer is not looked for (RFC 6186 §3.4). */
  const offered = <T extends { protocol: Protocol }>(all: readonly T[]) =>
    all.filter(({ protocol }) => !srv.none.has(protocol));

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
  told.user ??= file.user;
  for (const server of file.plaintext) {
    told.remarks.push(
      `The settings file of ${domain} names ${server} for use without encryption. Postern never connects that way.`,
    );
  }
  await search.tryNamed(offered(file.candidates));
  for (const server of search.found.values()) if (file.oauthOnly.has(server.server)) server.signIn = 'oauth-only';
  if (satisfied()) return;

  const exchangers = await search.step(
    'mx',
    `Asking the DNS where the mail of ${domain} goes (MX) …`,
    () => exchangersOf(domain, context.dns, signal),
    (hosts) => {
      if (hosts === null) return { outcome: 'failed', message: 'The name server gave no usable answer.' };
      const [first] = hosts;
      return first === undefined
        ? { outcome: 'nothing', message: `The DNS names no host that takes mail for ${domain}.` }
        : { outcome: 'ok', message: `The mail of ${domain} goes to ${first}.` };
    },
  );
  const provider = own ?? providerOfExchangers(exchangers ?? []);
  if (provider && provider !== own) {
    know(provider, who, told);
    if (isClosed(provider)) return;
    await search.tryNamed(offered(candidatesOf(provider, domain)));
    if (satisfied()) return;
  }

  await guess(`Trying the usual names below ${domain} …`, 'usual-names', (protocol) => usualNames(protocol, domain));
  const [first] = exchangers ?? [];
  if (satisfied() || first === undefined) {
    if (!srv.complete && exchangers === null && search.found.size === 0) {
      told.remarks.push('The name server does not answer. Check that this computer is online, then try again.');
    } else if (exchangers?.length === 0 && search.found.size + search.rejected.length === 0) {
      told.remarks.push(`DNS knows of no mail for ${domain}. Look for a typing error in the address.`);
    }
    return;
  }
  await guess(`Trying the usual names near ${first} …`, 'exchanger-names', (protocol) =>
    namesNearExchanger(protocol, domain, first),
  );

  async function guess(message: string, key: string, names: (protocol: Protocol) => ReturnType<typeof usualNames>) {
    const before = search.found.size;
    await search.step(
      key,
      message,
      () => search.tryGuesses(offered(protocols.flatMap(names))),
      () =>
        search.found.size > before
          ? { outcome: 'ok', message: 'A usual name led to a server.' }
          : { outcome: 'nothing', message: 'None of the usual names led to a server that could be verified.' },
    );
  }
}

/** @returns the hosts that accept the domain's mail, first choice first; null without a usable answer */
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

const maxExchangers = 10;

function know(provider: Provider, who: EmailAddress, told: Told): void {
  told.provider = shownProvider(provider);
  told.user = provider.user === 'local-part' ? who.local : who.address;
}

/** The provider has no servers that a mail program could reach. */
function isClosed({ signIn }: KnownProvider): boolean {
  return signIn === 'bridge' || signIn === 'impossible';
}

function isSatisfied({ found }: Search, reading: DiscoveryWish['reading']): boolean {
  const reads = reading === undefined ? found.has('imap') || found.has('pop3') : found.has(reading);
  return reads && found.has('smtp');
}

function report(who: EmailAddress, reading: DiscoveryWish['reading'], search: Search, told: Told): DiscoveryReport {
  const { provider } = told;
  const servers = protocols.flatMap((protocol) => search.found.get(protocol) ?? []);
  for (const server of servers) if (provider?.signIn === 'oauth-only') server.signIn = 'oauth-only';
  const remarks = [...told.remarks];
  for (const { server, signIn } of servers) {
    if (signIn !== 'oauth-only' || provider?.signIn === 'oauth-only') continue;
    remarks.push(
      `${server} lets programs in by OAuth alone. An old mail program has only a password: Postern has to sign in for it.`,
    );
  }
  if (reading !== undefined && servers.length > 0 && !search.found.has(reading)) {
    remarks.push(`No server for ${reading.toUpperCase()} was found.`);
  }
  const closed = provider !== null && isClosed(provider);
  const outcome = closed
    ? 'impossible'
    : isSatisfied(search, reading)
      ? 'found'
      : servers.length > 0
        ? 'partly'
        : 'nothing';
  return {
    address: who.address,
    outcome,
    servers,
    rejected: [...search.rejected],
    provider,
    user: told.user ?? who.address,
    remarks,
    steps: [...search.steps],
  };
}
