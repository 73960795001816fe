/** What can be wrong with a certificate. A certificate carries every one that applies, in this order. */
export const certificateProblems = [
  'expired',
  'not-yet-valid',
  'name-mismatch',
  'self-signed',
  'unknown-issuer',
  'wrong-usage',
  'weak-key',
  'weak-signature',
  'revoked',
  'changed',
] as const;
export type CertificateProblem = (typeof certificateProblems)[number];

/** Problems that no decision can override. */
export const unapprovableProblems: readonly CertificateProblem[] = ['weak-key', 'weak-signature', 'revoked'];

/** One certificate as it is shown. Every text is inert: control and bidi characters removed, length bounded. */
export interface CertificateSummary {
  /** SHA-256 over the DER encoding: 64 lower-case hex digits. */
  fingerprint: string;
  /** SHA-256 over the SubjectPublicKeyInfo: 64 lower-case hex digits. Stays when only the dates are renewed. */
  publicKeyFingerprint: string;
  subject: string;
  issuer: string;
  /** subjectAltName entries, `dNSName` as is and `iPAddress` as text; at most 100, see `namesOmitted`. */
  names: string[];
  namesOmitted: number;
  serialNumber: string;
  /** ISO 8601. */
  notBefore: string;
  /** ISO 8601. */
  notAfter: string;
  /** For example `RSA 2048` or `EC prime256v1`. */
  key: string;
  /** For example `SHA-256 with RSA`. */
  signature: string;
}

/** One fault, as a word and as a sentence that a person can judge by. */
export interface ProblemDetail {
  problem: CertificateProblem;
  /** One plain sentence with the fact: "The certificate expired 2 days ago (2026-11-19)." */
  text: string;
}

export const rememberings = ['once', 'always'] as const;
export type Remembering = (typeof rememberings)[number];

/** The decisions that a question can leave open. */
export const offers = ['reject', 'once', 'always'] as const;
export type Offer = (typeof offers)[number];

/** What Postern has seen of this server, for this account, before the question. */
export type CertificateHistory =
  /**
   * Nothing to compare it with. `before` is there if the person decided about this server all the same: trusted this
   * very certificate, in a decision that has ended, or rejected one.
   */
  | { kind: 'new'; before?: 'trusted' | 'rejected' }
  /**
   * Verified before, and now only `expired` with the key it had then. `previous` is the certificate that was verified, where
   * this is another one.
   */
  | { kind: 'verified-then-expired'; lastVerifiedAt: string; previous?: CertificateSummary }
  /** This very certificate was verified before, and now it is not valid yet: the clock of this computer is to blame. */
  | { kind: 'verified-then-not-yet-valid'; lastVerifiedAt: string }
  /** Verified before and now failing otherwise: a sharp alert, with only `reject` on offer. */
  | { kind: 'verified-then-failing'; lastVerifiedAt: string; previous: CertificateSummary }
  /** The person trusted this key before; new dates, or (where `previous` is this very certificate) a new problem on it. */
  | { kind: 'renewed'; previous: CertificateSummary }
  /** The person trusted another key before. */
  | { kind: 'changed'; previous: CertificateSummary };

/** A certificate waiting for a person's decision. */
export interface CertificateQuestion {
  id: string;
  account: string;
  /** The relays of the account that met it. */
  relays: string[];
  host: string;
  port: number;
  /** Further ports of the host at which the account met the same while the question waited: the answer counts there, too. */
  alsoAtPorts?: number[];
  problems: CertificateProblem[];
  details: ProblemDetail[];
  certificate: CertificateSummary;
  /** The chain above the certificate as the server presented it, nearest issuer first; at most 10. */
  chain: CertificateSummary[];
  history: CertificateHistory;
  offers: Offer[];
  /** ISO 8601. */
  askedAt: string;
  /** How often it has been met since. */
  timesMet: number;
  /** Mail programs being held right now until someone decides. */
  waiting: number;
  /** ISO 8601: when the last of them is told that nobody decided; missing while none is held. */
  heldUntil?: string;
  /** ISO 8601: when the server proved itself after last showing this certificate; missing until it does. */
  provedAgainAt?: string;
}

/** A decision that is remembered. Binds to account, host, port, fingerprint and the exact set of problems. */
export interface CertificateDecision {
  id: string;
  account: string;
  host: string;
  port: number;
  decision: 'reject' | Remembering;
  problems: CertificateProblem[];
  certificate: CertificateSummary;
  /** ISO 8601. */
  decidedAt: string;
  /** The question was about another certificate than the one trusted before. That binds nothing: it says why it was asked. */
  changed?: true;
  /**
   * ISO 8601: when the server showed what was rejected, where that was not just before the decision: earlier, if it had
   * proved itself meanwhile; later, if it has gone back to it after proving itself.
   */
  shownAt?: string;
}

/**
 * Whether a certificate, or one of its issuers', has been revoked, as far as Postern could learn, and how fresh that
 * is.
 */
export interface RevocationStanding {
  /** `good` was proven for the certificate and its issuers. `unknown` never holds up mail. `revoked` is final. */
  status: 'good' | 'unknown' | 'revoked';
  /** ISO 8601. */
  checkedAt: string;
  /** ISO 8601: until when the proof holds; null without one. */
  nextUpdate: string | null;
  /**
   * A list that the authority publishes, or a response that the server stapled to its handshake; null without either.
   */
  source: 'crl' | 'staple' | null;
  /** One or two plain sentences. */
  message: string;
}

/** A server whose certificate was verified without anyone's decision. `forget` makes it a new server again. */
export interface KnownServer {
  id: string;
  account: string;
  host: string;
  port: number;
  certificate: CertificateSummary;
  /** ISO 8601. */
  lastVerifiedAt: string;
  /** Of the certificate above; missing until it is looked up. */
  revocation?: RevocationStanding;
}
