import { type CertificateDecision, isSameServer, type RefusalReason } from './contract/index.ts';
import { Refused } from './net/refused.ts';
import type { StateStore } from './state/store.ts';

/** Failures that may be due solely to the network that this computer was on. */
const ofTheNetwork: ReadonlySet<RefusalReason> = new Set([
  'upstream-unreachable',
  'upstream-timeout',
  'upstream-closed',
]);

/**
 * Clears what the state says about unreachable servers, once this computer is on another network or awake again. Faults
 * of a server, and refusals for safety, are kept. Nothing is dialled.
 */
export function clearStaleRefusals(state: StateStore): void {
  for (const { name, lastRefusal } of state.all('relays')) {
    if (lastRefusal && ofTheNetwork.has(lastRefusal.reason)) state.patch('relays', name, { lastRefusal: null });
  }
}

/**
 * Once a person has decided about a certificate, earlier refusals no longer say that it waits for an answer: for a
 * rejected one they say so, and for a trusted one they are cleared. A warning of interception stays.
 */
export function settleRefusals(
  state: StateStore,
  row: Pick<CertificateDecision, 'id' | 'account' | 'host' | 'port' | 'decision' | 'problems'>,
): void {
  for (const { name, account, server, port, lastRefusal } of state.all('relays')) {
    if (account !== row.account || !isSameServer({ server, port }, row)) continue;
    if (lastRefusal?.reason !== 'certificate-undecided') continue;
    if (row.decision !== 'reject') state.patch('relays', name, { lastRefusal: null });
    else if (lastRefusal.diagnosis.code !== 'certificate-turned-bad') {
      const { id, problems } = row;
      const rejected = new Refused(
        'certificate-rejected',
        { code: 'certificate-rejected', facts: { problems, id } },
        { server, port },
      );
      const { reason, message, diagnosis } = rejected;
      state.patch('relays', name, { lastRefusal: { reason, message, at: lastRefusal.at, diagnosis, problems } });
    }
  }
}
