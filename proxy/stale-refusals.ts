import { type CertificateDecision, isSameServer, type RefusalRow } from './contract/index.ts';
import { isOfTheNetwork } from './diagnosis/of-the-network.ts';
import { Refused } from './net/refused.ts';
import type { StateStore } from './state/store.ts';

/**
 * Clears what the state says about unreachable servers, once this computer is on another network or awake again. Faults
 * of a server, and refusals for safety, are kept. Nothing is dialled.
 */
export function clearStaleRefusals(state: StateStore): void {
  for (const { name, lastRefusal } of state.all('relays')) {
    if (lastRefusal && isOfTheNetwork(lastRefusal)) state.patch('relays', name, { lastRefusal: null });
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
      state.patch('relays', name, { lastRefusal: rejectedAt({ server, port }, row, lastRefusal.at) });
    }
  }
}

/**
 * What a person has rejected is refused from the start: relays that have just begun say so before a mail program comes. A
 * connection that was secured since says otherwise.
 */
export function showRejections(state: StateStore, decisions: readonly CertificateDecision[]): void {
  const startedAt = Date.parse(state.get('core', 'core')?.startedAt ?? '');
  const rejected = decisions.filter(({ decision }) => decision === 'reject');
  for (const { name, account, server, port, lastRefusal, lastVerified } of state.all('relays')) {
    const row = rejected.findLast((each) => each.account === account && isSameServer({ server, port }, each));
    if (lastRefusal || !row) continue;
    const at = row.shownAt ?? row.decidedAt;
    if (lastVerified && Date.parse(lastVerified.verifiedAt) >= Date.parse(at)) continue;
    const beforeStart = Date.parse(at) < startedAt ? { beforeStart: true as const } : {};
    state.patch('relays', name, { lastRefusal: { ...rejectedAt({ server, port }, row, at), ...beforeStart } });
  }
}

/** Once a rejection is forgotten, nothing says any more that it was rejected. */
export function forgetRejection(state: StateStore, id: string): void {
  for (const { name, lastRefusal } of state.all('relays')) {
    if (lastRefusal?.reason !== 'certificate-rejected' || lastRefusal.diagnosis.facts.id !== id) continue;
    state.patch('relays', name, { lastRefusal: null });
  }
}

function rejectedAt(
  place: { server: string; port: number },
  { id, problems }: Pick<CertificateDecision, 'id' | 'problems'>,
  at: string,
): RefusalRow {
  const finding = { code: 'certificate-rejected', facts: { problems, id } } as const;
  const { reason, message, diagnosis } = new Refused('certificate-rejected', finding, place);
  return { reason, message, at, diagnosis, problems };
}
