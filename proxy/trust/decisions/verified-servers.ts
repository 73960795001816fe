import {
  type CertificateSummary,
  hasProvedSince,
  isAlarm,
  isRejectedAlarm,
  isSameServer,
  type KnownServer,
  type UntimedEvent,
} from '../../contract/index.ts';
import type { PendingQuestions } from './pending-questions.ts';
import type { DecisionsInForce } from './persons-decisions.ts';
import { isTrust, type Place, serverId } from './trust-history.ts';
import type { TrustStore } from './trust-store.ts';

/** A server verified again is recorded again only after this time, in milliseconds. */
const verifiedAgainAfter = 3_600_000;

export interface VerifiedServersContext {
  store: TrustStore;
  pending: PendingQuestions;
  inForce: DecisionsInForce;
  emit: (event: UntimedEvent) => void;
  now: () => Date;
}

/**
 * Records a server that has proved its identity by the rules alone; retires exceptions, closes questions made
 * unnecessary, and says which alarms are over.
 *
 * @returns a function to be called with each verified server
 */
export function rememberVerified({ store, pending, inForce, emit, now }: VerifiedServersContext) {
  const { decisions, servers, questions } = store;

  /** Whether the server, verified before, has shown a certificate since that failed, by what was asked and rejected. */
  function hasShownOther(place: Place, known: KnownServer): boolean {
    const rejected = decisions.all().filter((row) => isSameServer(place, row) && !isTrust(row));
    if (rejected.some((row) => !hasProvedSince(row, known))) return true;
    return questions.all().some((row) => isSameServer(place, row) && !row.provedAgainAt);
  }

  function remember(place: Place, certificate: CertificateSummary, known: KnownServer | undefined, at: Date): void {
    const sameAsBefore = known?.certificate.fingerprint === certificate.fingerprint;
    const recently = known && at.getTime() - Date.parse(known.lastVerifiedAt) < verifiedAgainAfter;
    // Proving itself after it showed another certificate ends the alarm, so the time is recorded exactly.
    const isAnswer = known !== undefined && hasShownOther(place, known);
    if (sameAsBefore && recently && !isAnswer) return;
    const row: KnownServer = {
      ...{ id: serverId(place), account: place.account, host: place.server, port: place.port },
      ...{ certificate, lastVerifiedAt: at.toISOString() },
      // What is known about its revocation belongs to the certificate.
      ...(sameAsBefore && known.revocation ? { revocation: known.revocation } : {}),
    };
    servers.set(row, 'soon');
  }

  function settleQuestions(place: Place, { fingerprint }: CertificateSummary, at: Date): void {
    const asked = () => questions.all().filter((row) => isSameServer(place, row));
    for (const row of asked().filter(({ certificate }) => certificate.fingerprint === fingerprint)) {
      pending.supersede(row);
    }
    for (const row of asked().filter(({ provedAgainAt }) => !provedAgainAt)) {
      questions.set({ ...row, provedAgainAt: at.toISOString() }, 'soon');
    }
  }

  /** The accounts with an alarm about the server. Whichever account it proves itself to, that answers for it. */
  function alarmed(place: Place, known: KnownServer | undefined): Set<string> {
    const asked = questions.all().filter((row) => isSameServer(place, row) && isAlarm(row));
    const rejected = decisions
      .all()
      .filter((row) => row.account === place.account && isSameServer(place, row))
      .filter((row) => known !== undefined && isRejectedAlarm(row, known));
    return new Set([...asked, ...rejected].map(({ account }) => account));
  }

  return (place: Place, certificate: CertificateSummary): void => {
    const at = now();
    const known = servers.get(serverId(place));
    const over = alarmed(place, known);
    remember(place, certificate, known, at);
    for (const row of inForce.trustedAt(place)) inForce.retire(row);
    inForce.endOutdated(place);
    if (!known) inForce.reassess(place);
    pending.leave(place);
    settleQuestions(place, certificate, at);
    const { server: host, port } = place;
    for (const account of over) emit({ event: 'alarm-ended', account, host, port, what: 'certificate' });
  };
}
