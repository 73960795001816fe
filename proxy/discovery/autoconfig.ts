import { DownloadFailed } from '../net/download.ts';
import { Refused } from '../net/refused.ts';
import type { EmailAddress } from './address.ts';
import { isInside } from './address.ts';
import { type AutoconfigFile, parseAutoconfig, UnusableAutoconfig } from './autoconfig-xml.ts';
import type { Candidate } from './candidate.ts';
import { getVerifiedPage, type PageContext } from './verified-page.ts';

/** How long each of the two places has, in milliseconds. A provider slower than this counts as absent. */
const pageMilliseconds = 10_000;

/** The result of asking for the file. */
export interface AutoconfigAnswer {
  candidates: Candidate[];
  /** The user name that the file gives, if any. */
  user: string | null;
  /** Servers that it says accept no password. */
  oauthOnly: Set<string>;
  /** Servers that it names for use without encryption. */
  plaintext: string[];
  /** Why there is no file, each a sentence; empty when one was found. */
  failures: string[];
}

/**
 * Asks the two places where a domain can have the file, telling the first one the address as Mozilla's format requires.
 * Over verified TLS only.
 *
 * @throws the signal's reason
 */
export async function askAutoconfig(
  who: EmailAddress,
  context: PageContext,
  signal: AbortSignal,
): Promise<AutoconfigAnswer> {
  const answer: AutoconfigAnswer = {
    candidates: [],
    user: null,
    oauthOnly: new Set(),
    plaintext: [],
    failures: [],
  };
  const enough = new AbortController();
  const pages = [
    `https://autoconfig.${who.domain}/mail/config-v1.1.xml?emailaddress=${encodeURIComponent(who.address)}`,
    `https://${who.domain}/.well-known/autoconfig/mail/config-v1.1.xml`,
  ].map((address) => {
    const host = new URL(address).hostname;
    const limit = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(pageMilliseconds)]);
    return { host, file: readFile(address, host, who, context, limit) };
  });
  try {
    for (const { host, file } of pages) {
      const found = await file;
      signal.throwIfAborted();
      if (typeof found === 'string') answer.failures.push(found);
      else if (found !== null) return { ...answer, ...use(found, host, who), failures: [] };
    }
    return answer;
  } finally {
    enough.abort();
  }
}

/** @returns the file, null when there is none, or why it cannot be used */
async function readFile(
  address: string,
  host: string,
  who: EmailAddress,
  context: PageContext,
  signal: AbortSignal,
): Promise<AutoconfigFile | string | null> {
  try {
    const page = await getVerifiedPage(address, context, signal);
    return page && parseAutoconfig(page.toString('utf8'), who);
  } catch (error) {
    if (error instanceof UnusableAutoconfig) return `The file at ${host} ${error.message}`;
    if (error instanceof DownloadFailed) return `The file at ${host} could not be used: ${error.message}.`;
    // A host that does not exist is the usual case, and not reported.
    if (error instanceof Refused) return error.reason === 'upstream-unreachable' ? null : error.message;
    if (signal.aborted) return `${host} took too long.`;
    throw error;
  }
}

function use({ servers, plaintext, forThisDomain }: AutoconfigFile, host: string, who: EmailAddress) {
  const candidates = servers.map(({ protocol, server, port, tls }): Candidate => {
    const evidence = forThisDomain
      ? `${host} names it, whose certificate was verified (autoconfig).`
      : `${host} names it, whose certificate was verified, but in a file that is for another domain (autoconfig).`;
    return {
      protocol,
      server,
      port,
      tls,
      source: 'autoconfig',
      evidence,
      confirm: !forThisDomain && !isInside(server, who.domain),
    };
  });
  return {
    candidates,
    user: servers.find(({ user }) => user !== null)?.user ?? null,
    oauthOnly: new Set(servers.filter((server) => server.oauthOnly).map(({ server }) => server)),
    plaintext,
  };
}
