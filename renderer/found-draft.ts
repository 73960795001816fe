import type { DiscoveryReport, FoundServer, Protocol, ServerPlace } from '../proxy/contract/index.ts';
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
  return [reading, 'smtp', 'nntp'].flatMap((protocol) =>
    report.servers.filter((server) => server.protocol === protocol),
  );
}

/** The form filled in with what is known: what was found, else what was named and could not be verified, else nothing. */
export function draftOfReport(report: DiscoveryReport, reading: Reading): AccountDraft {
  const known: readonly ServerPlace[] = [...report.servers, ...report.rejected];
  const news = report.servers.some(({ protocol }) => protocol === 'nntp');
  const protocols: Protocol[] = [reading, 'smtp', ...(news ? (['nntp'] as const) : [])];
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
