import type { CoreView } from '../../../main/desktop/tray-standing.ts';
import {
  type AccountRow,
  type CertificateQuestion,
  type ConcernRows,
  concernsOf,
  type RelayRow,
} from '../../../proxy/contract/index.ts';
import { told } from '../../support/findings.ts';

/** A relay that listens and has seen nothing yet. */
export function relayRow(name: string, more: Partial<RelayRow> = {}): RelayRow {
  return {
    name,
    account: 'Work',
    protocol: 'imap',
    server: 'imap.example.org',
    port: 993,
    tls: 'implicit',
    listeners: [{ address: '127.0.0.1', port: 1143, status: { kind: 'listening' } }],
    sessionsOpen: 0,
    sessionsTotal: 0,
    refusalsTotal: 0,
    bytesUp: 0,
    bytesDown: 0,
    lastVerified: null,
    lastRefusal: null,
    ...more,
  };
}

export function questionRow(id: string, more: Partial<CertificateQuestion> = {}): CertificateQuestion {
  return {
    id,
    account: 'Work',
    relays: ['imap'],
    host: 'imap.example.org',
    port: 993,
    history: { kind: 'new' },
    ...more,
  } as CertificateQuestion;
}

/** A question about a server that was verified before. */
export function alarmRow(id: string, more: Partial<CertificateQuestion> = {}): CertificateQuestion {
  const history = { kind: 'verified-then-failing', lastVerifiedAt: '2026-01-01T00:00:00Z', previous: {} };
  return questionRow(id, { history: history as CertificateQuestion['history'], ...more });
}

/** An account that Postern cannot sign in for until the person does something. */
export function waitingRow(name: string): AccountRow {
  const needed = { reason: 'consent-gone', since: '2026-11-16T10:00:00Z' } as const;
  return { name, signIn: { kind: 'oauth', user: 'alice', needed } };
}

/** What the tray receives, from rows of the state. */
export function view(more: Partial<Omit<CoreView, 'concerns'> & ConcernRows> = {}): CoreView {
  const { questions = [], decisions = [], servers = [], relays = [relayRow('imap')], ...rest } = more;
  const concerns = concernsOf({ questions, decisions, servers, relays });
  return { status: 'live', paused: false, accounts: [], relays, concerns, ...rest };
}

const { message, diagnosis } = told({ code: 'tls-too-old' }, { server: 'imap.example.org' });
const refused = { message, diagnosis };

export const refusedAt = (at: string, reason: NonNullable<RelayRow['lastRefusal']>['reason'] = 'tls-too-old') => ({
  reason,
  ...refused,
  at,
});
