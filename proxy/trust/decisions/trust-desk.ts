import {
  type CertificateDecision,
  type CertificateQuestion,
  type Finding,
  hasProvedSince,
  isSameServer,
  type KnownServer,
  type UntimedEvent,
  type UpstreamProtection,
} from '../../contract/index.ts';
import { certificateFinding } from '../../diagnosis/certificate.ts';
import { Refused } from '../../net/refused.ts';
import type { StateStore } from '../../state/store.ts';
import type { JudgedPath, Judgement } from '../judging/judge.ts';
import type { RevokedLookup } from '../judging/revoked-links.ts';
import type { LiveGrounds } from './live-grounds.ts';
import { refusalByRule } from './never-asked.ts';
import { createPendingQuestions } from './pending-questions.ts';
import { createDecisions, type PersonsDecisions, withChanged } from './persons-decisions.ts';
import { bindingId, isTrust, type Place, serverId } from './trust-history.ts';
import type { TrustStore } from './trust-store.ts';

/** What a session must do about a certificate. */
export type Verdict =
  | { kind: 'accept'; trust: UpstreamProtection['trust'] }
  | {
      kind: 'refuse';
      reason: 'certificate-undecided' | 'certificate-rejected' | 'certificate-revoked';
      finding: Finding;
    }
  /** A person may decide: wait for that, and have `finding` ready in case nobody does. */
  | { kind: 'ask'; id: string; finding: Finding };

/**
 * What is known about revoked certificates beyond what servers staple: the lists that authorities publish, fetched in
 * the background and stored.
 */
export interface Revocations {
  /** Adds to a judgement what the stored lists say. Waits for the disk at most. */
  complete(first: JudgedPath, again: (revoked: RevokedLookup) => JudgedPath): Promise<JudgedPath>;
  /**
   * A server has been verified, or would have been but for a revocation: from now on its lists are kept fresh.
   *
   * @param address where it was reached
   */
  met(place: Place, judged: JudgedPath, address: string | undefined): void;
  /**
   * Whether a certificate turned out to be revoked after a server was verified with it.
   *
   * @param verifiedAt ISO 8601
   */
  revokedSince(fingerprint: string, verifiedAt: string): boolean;
}

/** Where certificates are accepted, refused, or put before a person. */
export interface TrustDesk extends PersonsDecisions {
  /** Decides about a certificate that a server has just presented. */
  judge(subject: { account: string; relay: string; server: string; port: number }, judgement: Judgement): Verdict;
  /**
   * Holds a session until somebody decides about the question.
   *
   * @throws the signal's reason
   */
  waitForDecision(
    id: string,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<'approved' | 'rejected' | 'undecided'>;
  /** Keeps the grounds of a connection that was just accepted, for as long as it is open. */
  hold: LiveGrounds['hold'];
  /** The clock that certificates are judged by. */
  now(): Date;
  /** What is known about revoked certificates; null where nobody looks. */
  readonly revocations: Revocations | null;
  /** Why a verified server must not be used after all: its certificate has meanwhile turned out to be revoked. */
  revokedMeanwhile(server: string, protection: UpstreamProtection): Refused | null;
}

export interface TrustDeskOptions {
  store: TrustStore;
  state: StateStore;
  emit: (event: UntimedEvent) => void;
  now: () => Date;
  grounds: LiveGrounds;
  revocations?: Revocations;
  /** How many questions may wait at once, in all and for one server of one account. */
  limits?: { questions: number; questionsPerServer: number };
}

/** Far more than a person can look at; a server that makes up certificates fills its own share only. */
const defaultLimits = { questions: 100, questionsPerServer: 10 };
/** A server verified again is recorded again only after this time, in milliseconds. */
const verifiedAgainAfter = 3_600_000;

export function createTrustDesk(options: TrustDeskOptions): TrustDesk {
  const { store, state, emit, now, grounds, revocations = null, limits = defaultLimits } = options;
  const { decisions, servers, questions } = store;
  const pending = createPendingQuestions({ questions, state, emit, limits });
  const inForce = createDecisions({ store, pending, grounds, emit, now });
  const { assessAt, trustedAt, reassess, drop, approve, reject, repeat, forget, settle } = inForce;

  /** Whether the server, verified before, has shown a certificate since that failed, by what was asked and rejected. */
  function hasShownOther(place: Place, known: KnownServer): boolean {
    const rejected = decisions.all().filter((row) => isSameServer(place, row) && !isTrust(row));
    if (rejected.some((row) => !hasProvedSince(row, known))) return true;
    return questions.all().some((row) => isSameServer(place, row) && !row.provedAgainAt);
  }

  /** Turned away by a decision. An alarm goes on being one, and is told as such. */
  function rejectedAsDecided(place: Place, decided: CertificateDecision, judgement: Judgement): Verdict {
    const { problems } = judgement;
    const known = servers.get(serverId(place));
    if (known && hasProvedSince(decided, known)) {
      decisions.set({ ...decided, shownAt: now().toISOString() }, 'soon');
    }
    const { history } = assessAt(place, judgement);
    const finding: Finding =
      history.kind === 'verified-then-failing'
        ? toAnswer(
            certificateFinding({ server: place.server, ...judgement, history }, now().getTime()),
            place,
            decided.id,
          )
        : { code: 'certificate-rejected', facts: { problems, id: decided.id } };
    return { kind: 'refuse', reason: 'certificate-rejected', finding };
  }

  function verifiedNow(place: Place, { certificate }: Judgement): Verdict {
    const id = serverId(place);
    const known = servers.get(id);
    const lastVerifiedAt = now().toISOString();
    const sameAsBefore = known?.certificate.fingerprint === certificate.fingerprint;
    const recently = known && now().getTime() - Date.parse(known.lastVerifiedAt) < verifiedAgainAfter;
    // What is known about its revocation belongs to the certificate.
    const revocation = sameAsBefore && known.revocation ? { revocation: known.revocation } : {};
    // When it proves itself after something else was shown, that ends the alarm: it is known to the moment.
    const isAnswer = known !== undefined && hasShownOther(place, known);
    if (!sameAsBefore || !recently || isAnswer)
      servers.set(
        {
          id,
          account: place.account,
          host: place.server,
          port: place.port,
          certificate,
          lastVerifiedAt,
          ...revocation,
        },
        'soon',
      );
    for (const row of trustedAt(place)) drop(row, 'retired');
    if (!known) reassess(place);
    const isVerified = (row: CertificateQuestion) => row.certificate.fingerprint === certificate.fingerprint;
    for (const row of questions.all().filter((row) => isSameServer(place, row) && isVerified(row)))
      pending.supersede(row);
    for (const question of questions.all().filter((row) => isSameServer(place, row) && !row.provedAgainAt)) {
      questions.set({ ...question, provedAgainAt: lastVerifiedAt }, 'soon');
    }
    return { kind: 'accept', trust: { kind: 'verified' } };
  }

  return {
    ...{ now, revocations, approve, reject, repeat, forget, settle },
    hold: grounds.hold,
    revokedMeanwhile(server, { certificate, verifiedAt }) {
      if (!revocations?.revokedSince(certificate.fingerprint, verifiedAt)) return null;
      const finding: Finding = { code: 'certificate-revoked', facts: { problems: ['revoked'] } };
      return new Refused('certificate-revoked', finding, { server });
    },
    judge({ account, relay, server, port }, judgement) {
      const place = { account, server, port };
      if (judgement.problems.length === 0) return verifiedNow(place, judgement);
      const byRule = refusalByRule(judgement.problems, certificateFinding({ server, ...judgement }, now().getTime()));
      if (byRule) return byRule;
      const id = bindingId(place, judgement.certificate.fingerprint, judgement.problems);
      const decided = decisions.get(id);
      if (decided?.decision === 'reject') return rejectedAsDecided(place, decided, judgement);
      const { history, offers, changed } = assessAt(place, judgement);
      if (decided && offers.includes(decided.decision)) {
        pending.supersedeOthers(place, judgement.certificate.fingerprint);
        return { kind: 'accept', trust: { kind: 'trusted-by-you', decision: id } };
      }
      // The server has proved itself since, for another account: the earlier decision would not be open now.
      if (decided) drop(decided, 'retired');
      const problems = withChanged(judgement.problems, changed);
      const { certificate, details, chain } = judgement;
      pending.ask(
        { id, account, host: server, port, problems, details, certificate, chain, history, offers },
        relay,
        now(),
      );
      const approvable = offers.some((offer) => offer !== 'reject');
      const found = certificateFinding({ server, problems, certificate, chain, history }, now().getTime());
      const finding = toAnswer(found, place, id);
      return approvable ? { kind: 'ask', id, finding } : { kind: 'refuse', reason: 'certificate-undecided', finding };
    },
    waitForDecision(id, milliseconds, signal) {
      const decided = decisions.get(id);
      if (decided && !questions.get(id)) return Promise.resolve(isTrust(decided) ? 'approved' : 'rejected');
      return pending.wait(id, milliseconds, signal);
    },
  };
}

/** With the id that the advised command is about: the question's, or, in an alarm, that of the server to forget. */
function toAnswer(finding: Finding, place: Place, question: string): Finding {
  const id = finding.code === 'certificate-turned-bad' ? serverId(place) : question;
  return { ...finding, facts: { ...finding.facts, id } } as Finding;
}
