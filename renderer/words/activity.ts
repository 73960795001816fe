import type { DecidedAs, SessionEnding, SessionPhase } from '../../proxy/contract/index.ts';
import { formatCount } from '../format.ts';
import { plural } from './plural.ts';

export const activity = {
  heading: 'Activity',
  lead: 'What happened since Postern started. Passwords and the contents of your mail are never recorded.',
  open: {
    heading: (count: number) => `Open now (${count})`,
    none: 'No mail program is connected right now.',
    list: 'Open connections',
    phase: {
      connecting: 'Connecting',
      'waiting-for-decision': 'Waits for your answer',
      'signing-in': 'Signing in',
      'signed-in': 'Connected',
    } satisfies Record<SessionPhase, string>,
    bytes: (received: string, sent: string) => `${received} received, ${sent} sent`,
    since: 'Since',
  },
  log: {
    heading: 'What happened',
    list: 'Events, newest first',
    none: 'Nothing has happened yet.',
    noMatch: 'Nothing matches. Choose other events or clear the search.',
    shown: (shown: number, all: number) =>
      shown === all ? plural(all, 'event', 'events') : `${plural(shown, 'event', 'events')} of ${formatCount(all)}`,
    search: 'Search',
    searchHint: 'Account, server or word',
    show: 'Show',
    filters: {
      all: 'Everything',
      sessions: 'Connections',
      refusals: 'Refusals',
      certificates: 'Certificates',
    },
    export: 'Export …',
    details: 'Details',
    noSelection: 'Choose an event to read all of it.',
  },
  detail: {
    when: 'When',
    account: 'Account',
    relay: 'Path',
    reason: 'Word in the log',
    session: 'Connection',
    fingerprint: 'Fingerprint',
  },
  event: {
    verified: 'Connected securely',
    verifiedText: (version: string, strength: string) => `${version}, ${strength}`,
    closed: 'Connection ended',
    refused: 'Refused',
    expiring: (host: string, distance: string) => `The certificate of ${host} ends ${distance}`,
    expiringText: 'The provider has to renew it. Most do so by themselves; if the server is yours, renew it now.',
    pending: (host: string) => `Is this really ${host}?`,
    decided: {
      reject: (host: string) => `You rejected the certificate of ${host}`,
      once: (host: string) => `You trusted ${host} until Postern stops`,
      always: (host: string) => `You trusted ${host}`,
      forgotten: (host: string) => `The decision about ${host} was forgotten`,
      retired: (host: string) => `${host} proves itself now; your exception is no longer needed`,
    } satisfies Record<DecidedAs, (host: string) => string>,
    failed: 'Not available',
    listening: 'Ready for your mail program',
    listeningText: (address: string) => `at ${address}`,
  },
  ending: {
    clean: 'ended normally',
    truncated: 'the server broke off without a goodbye',
    'client-reset': 'the mail program broke off',
    stopped: 'Postern was stopped',
    'decision-forgotten': 'you forgot the decision that it rested on',
    'certificate-revoked': 'the certificate of the server has been revoked',
    refused: 'refused',
  } satisfies Record<SessionEnding, string>,
  columns: ['Time', 'Account', 'Path', 'Event', 'Text', 'Reason', 'Received bytes', 'Sent bytes'],
  file: (stamp: string) => `postern-activity-${stamp}.csv`,
};
