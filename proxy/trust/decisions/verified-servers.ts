import { type CertificateSummary, hasProvedSince, isSameServer, type KnownServer } from '../../contract/index.ts';
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
  now: () => Date;
}

/**
 * Records a server that has proved its identity by the rules alone; retires exceptions and closes questions made
 * unnecessary.
 *
 * @returns a function to be called with each verified server
 */
export function rememberVerified({ store, pending, inForce, now }: VerifiedServersContext) {
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

  return (place: Place, certificate: CertificateSummary): void => {
    const at = now();
    const known = servers.get(serverId(place));
    remember(place, certificate, known, at);
    for (const row of inForce.trustedAt(place)) inForce.retire(row);
    inForce.endOutdated(place);
    if (!known) inForce.reassess(place);
    pending.leave(place);
    settleQuestions(place, certificate, at);
  };
}
