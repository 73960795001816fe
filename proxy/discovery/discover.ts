/**
 * From an e-mail address to its servers, top to bottom: the table that Postern ships, the domain's SRV records, its
 * autoconfig file, its mail exchanger's provider, and finally the usual names. The search ends with the first source
 * that leads to servers for reading and for sending. Whatever names a server, it is offered only after it was connected
 * to and verified.
 */
import { type DiscoveryReport, type DiscoveryStep, protocols } from '../contract/index.ts';
import { CommandFailed } from '../state/command-failed.ts';
import { parseAddress } from './address.ts';
import {
  askExchangers,
  askProviderTable,
  askServices,
  askSettingsFile,
  type DiscoveryContext,
  guess,
  type Inquiry,
  isClosed,
  isSatisfied,
  type Reading,
  tryProvider,
} from './inquiry.ts';
import { providerOfExchangers } from './providers.ts';
import { createSearch } from './search.ts';
import { namesNearExchanger, usualNames } from './usual-names.ts';

export interface DiscoveryWish {
  /** As it was typed. */
  address: string;
  reading?: Reading;
}

/**
 * Looks for the servers of an e-mail address.
 *
 * @throws CommandFailed `bad-input` when it is no address, `cancelled` when the signal aborts
 */
export async function discover(
  { address, reading }: DiscoveryWish,
  context: DiscoveryContext,
  progress: (step: DiscoveryStep) => void,
  signal: AbortSignal,
): Promise<DiscoveryReport> {
  const who = parseAddress(address);
  if (!who) {
    throw new CommandFailed('bad-input', 'This is no e-mail address. Type the whole of it, such as alice@example.org.');
  }
  const limit = AbortSignal.timeout(context.searchMilliseconds);
  const both = AbortSignal.any([signal, limit]);
  const inquiry: Inquiry = {
    ...{ who, reading, context, search: createSearch(context, progress, both), signal: both },
    ...{ provider: null, user: null, remarks: [], notOffered: new Set(), dnsSilent: false, offline: false },
  };
  try {
    await lookEverywhere(inquiry);
  } catch (error) {
    if (signal.reason instanceof CommandFailed) throw signal.reason;
    if (signal.aborted) throw new CommandFailed('cancelled', 'The search was cancelled.', { cause: error });
    if (!limit.aborted) throw error;
    inquiry.remarks.push('The search took too long and was ended; what was found until then is shown.');
  }
  return report(inquiry);
}

async function lookEverywhere(inquiry: Inquiry): Promise<void> {
  const { domain } = inquiry.who;
  const isOver = () => isSatisfied(inquiry) || (inquiry.provider !== null && isClosed(inquiry.provider));

  const own = await askProviderTable(inquiry);
  if (own) await tryProvider(own, inquiry);
  if (isOver()) return;

  await askServices(inquiry);
  if (isOver()) return;

  await askSettingsFile(inquiry);
  if (isOver()) return;

  const exchangers = await askExchangers(inquiry);
  const provider = own ?? providerOfExchangers(exchangers ?? []);
  if (provider && provider !== own) await tryProvider(provider, inquiry, domain);
  if (isOver()) return;

  await guess(inquiry, 'usual-names', `Trying the usual names below ${domain} …`, (protocol) =>
    usualNames(protocol, domain),
  );
  const [first] = exchangers ?? [];
  if (isOver()) return;
  if (first === undefined) return remarkNothing(inquiry, exchangers === null);

  await guess(inquiry, 'exchanger-names', `Trying the usual names near ${first} …`, (protocol) =>
    namesNearExchanger(protocol, domain, first),
  );
}

/** A domain without mail suggests a typing error, and a silent name server suggests that there is no network. */
function remarkNothing(inquiry: Inquiry, exchangersUnknown: boolean): void {
  const { who, search, remarks, dnsSilent } = inquiry;
  if (dnsSilent && exchangersUnknown && search.reached) {
    // A name of this computer’s own list needs no name server: it is online.
    remarks.push('The name service (DNS) does not answer, so only the usual names could be tried.');
  } else if (dnsSilent && exchangersUnknown && search.found.size === 0) {
    inquiry.offline = true;
    remarks.push('The name service (DNS) does not answer. Check that this computer is online, then try again.');
  } else if (!exchangersUnknown && search.found.size + search.rejected.length === 0) {
    remarks.push(`DNS knows of no mail for ${who.domain}. Look for a typing error in the address.`);
  }
}

function report(inquiry: Inquiry): DiscoveryReport {
  const { who, reading, search, provider, user } = inquiry;
  const servers = protocols.flatMap((protocol) => search.found.get(protocol) ?? []);
  for (const server of servers) if (provider?.signIn === 'oauth-only') server.signIn = 'oauth-only';
  const remarks = [...inquiry.remarks];
  for (const { server, signIn } of servers) {
    if (signIn !== 'oauth-only' || provider?.signIn === 'oauth-only') continue;
    remarks.push(
      `${server} lets programs in by OAuth alone. An old mail program has only a password: Postern has to sign in for it.`,
    );
  }
  const directory = search.found.get('ldap');
  if (directory) {
    remarks.push(
      `${directory.server} port ${directory.port} is a directory for the address book. Whoever signs in there has a name of the directory’s own, so it becomes an account of its own.`,
    );
  }
  if (reading !== undefined && servers.length > 0 && !search.found.has(reading)) {
    remarks.push(`No server for ${reading.toUpperCase()} was found.`);
  }
  return {
    address: who.address,
    outcome: outcomeOf(inquiry),
    servers,
    rejected: [...search.rejected],
    provider,
    user: user ?? who.address,
    remarks,
    ...(inquiry.offline ? { offline: true } : {}),
    steps: [...search.steps],
  };
}

function outcomeOf(inquiry: Inquiry): DiscoveryReport['outcome'] {
  const { provider, search } = inquiry;
  if (provider && isClosed(provider)) return 'impossible';
  if (isSatisfied(inquiry)) return 'found';
  return search.found.size > 0 ? 'partly' : 'nothing';
}
