import type { SessionPhase } from '../../proxy/contract/index.ts';
import { formatCount } from './format.ts';
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
  columns: ['Time', 'Account', 'Path', 'Event', 'Text', 'Reason', 'Received bytes', 'Sent bytes'],
  file: (stamp: string) => `postern-activity-${stamp}.csv`,
};
