import { createHash } from 'node:crypto';
import {
  type CertificateDecision,
  type CertificateHistory,
  type CertificateProblem,
  type CertificateSummary,
  canonicalServer,
  type Endpoint,
  isMerelyExpired,
  isMerelyMistimed,
  isSameServer,
  type KnownServer,
  type Offer,
  type UpstreamProtection,
} from '../../contract/index.ts';

/** One server as seen by one account. Decisions never cross any of the three. */
export interface Place extends Endpoint {
  account: string;
}

/** A row about a server. Stored rows, and those that outside programs read, call the server `host`. */
interface Row {
  account: string;
  host: string;
  port: number;
}

export function placeOf({ account, host, port }: Row): Place {
  return { account, server: host, port };
}

export function isAt(place: Place, row: Row): boolean {
  return row.account === place.account && isSameServer(place, row);
}

/** What a decision binds to. `changed` is about the past rather than the certificate, so it is left out. */
export function bindingId(place: Place, fingerprint: string, problems: readonly CertificateProblem[]): string {
  const bound = problems.filter((problem) => problem !== 'changed').sort();
  return shortHash(['certificate', place.account, canonicalServer(place.server), place.port, fingerprint, bound]);
}

export function isTrust({ decision }: CertificateDecision): boolean {
  return decision !== 'reject';
}

/**
 * Whether trust in one certificate ends when the person trusts another in the same place. What is trusted until Postern
 * stops leaves alone what is trusted always; another problem of the same certificate is no other certificate.
 */
export function isReplacedBy(former: CertificateDecision, next: CertificateDecision): boolean {
  if (!isTrust(next) || former.certificate.fingerprint === next.certificate.fingerprint) return false;
  return next.decision === 'always' || former.decision === 'once';
}

/** What was seen of a server is known to the whole computer, for any account. */
export function serverId({ server, port }: Endpoint): string {
  return shortHash(['server', canonicalServer(server), port]);
}

/** 64 bits: the ids of a person's few decisions do not collide by chance, and a forged one gains nothing. */
function shortHash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** What a person may be asked, given what was seen of the server before (RFC 8314 §5). */
export interface Assessment {
  history: CertificateHistory;
  offers: Offer[];
  /** True when the person trusted another key here. */
  changed: boolean;
}

const anything: Offer[] = ['reject', 'once', 'always'];

/**
 * Decision table (RFC 8314 §5): what may be decided, by what was seen of host and port.
 *
 * @param known the server, if it was publicly verified before, for any account
 * @param decided what the person decided about certificates here
 * @param evidence the account's last secured session here, which still records a certificate trusted until Postern
 *   stopped
 */
export function assess(
  certificate: CertificateSummary,
  problems: readonly CertificateProblem[],
  known: KnownServer | undefined,
  decided: readonly CertificateDecision[],
  evidence: UpstreamProtection | null = null,
): Assessment {
  const key = certificate.publicKeyFingerprint;
  if (known) {
    const { lastVerifiedAt } = known;
    if (isMerelyExpired(problems, key, known)) {
      const isSame = known.certificate.fingerprint === certificate.fingerprint;
      const previous = isSame ? {} : { previous: known.certificate };
      const history = { kind: 'verified-then-expired', lastVerifiedAt, ...previous } as const;
      return { history, offers: ['reject', 'once'], changed: false };
    }
    if (isMerelyMistimed(problems, certificate.fingerprint, known)) {
      const history = { kind: 'verified-then-not-yet-valid', lastVerifiedAt } as const;
      return { history, offers: ['reject', 'once'], changed: false };
    }
    const history = { kind: 'verified-then-failing', lastVerifiedAt, previous: known.certificate } as const;
    return { history, offers: ['reject'], changed: false };
  }
  const latestFirst = decided.filter(isTrust).sort((a, b) => b.decidedAt.localeCompare(a.decidedAt));
  const sameKey = latestFirst.find((decision) => decision.certificate.publicKeyFingerprint === key);
  if (sameKey) return { history: { kind: 'renewed', previous: sameKey.certificate }, offers: anything, changed: false };
  const [latest] = latestFirst;
  if (latest) return { history: { kind: 'changed', previous: latest.certificate }, offers: anything, changed: true };
  const former = evidence?.trust.kind === 'trusted-by-you' ? evidence.certificate : null;
  if (former && former.publicKeyFingerprint !== key) {
    return { history: { kind: 'changed', previous: former }, offers: anything, changed: true };
  }
  if (former && former.fingerprint !== certificate.fingerprint) {
    return { history: { kind: 'renewed', previous: former }, offers: anything, changed: false };
  }
  const before = former ? 'trusted' : decided.length > 0 ? 'rejected' : null;
  return { history: { kind: 'new', ...(before ? { before } : {}) }, offers: anything, changed: false };
}
