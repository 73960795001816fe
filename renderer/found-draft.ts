import {
  type DiscoveryReport,
  type FoundServer,
  foundPurposes,
  isMail,
  type Protocol,
  protocolsFor,
  type ServerPlace,
} from '../proxy/contract/index.ts';
import type { AccountDraft } from './account-draft.ts';
import { newRelay } from './relay-draft.ts';
import { consentDraft } from './sign-in-draft.ts';

export type Reading = 'imap' | 'pop3';

/** The ways of reading mail that were found; the first is the one to suggest. */
export function readings(report: DiscoveryReport): Reading[] {
  return (['imap', 'pop3'] as const).filter((each) => report.servers.some(({ protocol }) => protocol === each));
}

/** The servers of an account that reads mail in this way. */
export function serversFor(report: DiscoveryReport, reading: Reading): FoundServer[] {
  return withReading(reading).flatMap((protocol) => report.servers.filter((server) => server.protocol === protocol));
}

/** The form of an account with one server that is no part of an account for mail. @param name of the account */
export function draftApart({ protocol, server, port, tls }: FoundServer, name: string): AccountDraft {
  return { name, relays: [{ ...newRelay(0, protocol, ''), server, port: String(port), tls }] };
}

/** What an account that reads mail in this way may have, in the order of a program's settings. */
function withReading(reading: Reading): Protocol[] {
  return foundPurposes.flatMap((purpose) => (purpose === 'incoming' ? [reading] : protocolsFor(purpose)));
}

/** The form filled in with what is known: what was found, else what was named and could not be verified, else nothing. */
export function draftOfReport(report: DiscoveryReport, reading: Reading): AccountDraft {
  const known: readonly ServerPlace[] = [...report.servers, ...report.rejected];
  const found = new Set(report.servers.map(({ protocol }) => protocol));
  // Every account gets a field for reading and for sending mail, whether or not a server was found.
  const protocols = withReading(reading).filter((protocol) => isMail({ protocol }) || found.has(protocol));
  const tokensAlone = serversFor(report, reading).some(({ signIn }) => signIn === 'oauth-only');
  return {
    name: report.address,
    ...(tokensAlone && { signIn: consentDraft(report) }),
    relays: protocols.map((protocol, key) => {
      const relay = newRelay(key, protocol, '');
      const place = known.find((each) => each.protocol === protocol);
      return place ? { ...relay, server: place.server, port: String(place.port), tls: place.tls } : relay;
    }),
  };
}
