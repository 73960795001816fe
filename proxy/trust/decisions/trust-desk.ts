import {
  type CertificateDecision,
  type Finding,
  hasProvedSince,
  type Offer,
  type UntimedEvent,
  type UpstreamProtection,
} from '../../contract/index.ts';
import { certificateFinding } from '../../diagnosis/certificate.ts';
import { Refused } from '../../net/refused.ts';
import type { StateStore } from '../../state/store.ts';
import type { JudgedPath, Judgement } from '../judging/judge.ts';
import type { RevokedLookup } from '../judging/revoked-links.ts';
import { withChanged } from './kept-decisions.ts';
import type { LiveGrounds } from './live-grounds.ts';
import { refusalByRule } from './never-asked.ts';
import { createPendingQuestions } from './pending-questions.ts';
import { createDecisions, type PersonsDecisions } from './persons-decisions.ts';
import { type Assessment, bindingId, isTrust, type Place, serverId } from './trust-history.ts';
import type { TrustStore } from './trust-store.ts';
import { rememberVerified } from './verified-servers.ts';

/** What a session has to do about a certificate. */
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
  decide(subject: { account: string; relay: string; server: string; port: number }, judgement: Judgement): Verdict;
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
  /** What is known about revoked certificates; null where that is not checked. */
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

export function createTrustDesk(options: TrustDeskOptions): TrustDesk {
  const { store, state, emit, now, grounds, revocations = null, limits = defaultLimits } = options;
  const { decisions, servers, questions } = store;
  const pending = createPendingQuestions({ questions, state, emit, limits });
  const inForce = createDecisions({ store, pending, grounds, emit, now });
  const { assessAt, retire, approve, reject, repeat, forget, settle } = inForce;
  const verified = rememberVerified({ store, pending, inForce, emit, now });

  /** Refused by a decision. An alarm remains one, and is reported as such. */
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

  /**
   * Puts a certificate before a person. If rejecting it is the only offer, that is a question as well: an alarm, for
   * which no session waits.
   */
  function ask(
    id: string,
    place: Place,
    relay: string,
    judgement: Judgement,
    { history, offers, changed }: Assessment,
  ): Verdict {
    const { certificate, details, chain } = judgement;
    const { account, server: host, port } = place;
    const problems = withChanged(judgement.problems, changed);
    const question = { id, account, host, port, problems, details, certificate, chain, history, offers };
    const asked = pending.ask(question, relay, now());
    const found = certificateFinding({ server: host, problems, certificate, chain, history }, now().getTime());
    const finding = toAnswer(found, place, asked, offers);
    const isApprovable = offers.some((offer) => offer !== 'reject');
    return isApprovable
      ? { kind: 'ask', id: asked, finding }
      : { kind: 'refuse', reason: 'certificate-undecided', finding };
  }

  return {
    ...{ now, revocations, approve, reject, repeat, forget, settle },
    hold: grounds.hold,
    revokedMeanwhile(server, { certificate, verifiedAt }) {
      if (!revocations?.revokedSince(certificate.fingerprint, verifiedAt)) return null;
      const finding: Finding = { code: 'certificate-revoked', facts: { problems: ['revoked'] } };
      return new Refused('certificate-revoked', finding, { server });
    },
    decide({ account, relay, server, port }, judgement) {
      const place = { account, server, port };
      if (judgement.problems.length === 0) {
        verified(place, judgement.certificate);
        return { kind: 'accept', trust: { kind: 'verified' } };
      }
      const byRule = refusalByRule(judgement.problems, certificateFinding({ server, ...judgement }, now().getTime()));
      if (byRule) return byRule;
      const id = bindingId(place, judgement.certificate.fingerprint, judgement.problems);
      const decided = decisions.get(id);
      if (decided?.decision === 'reject') return rejectedAsDecided(place, decided, judgement);
      const assessment = assessAt(place, judgement);
      if (decided && assessment.offers.includes(decided.decision)) {
        pending.supersedeOthers(place, judgement.certificate.fingerprint);
        return { kind: 'accept', trust: { kind: 'trusted-by-you', decision: id } };
      }
      // The server has proved itself since, for another account: the earlier decision would not be on offer now.
      if (decided) retire(decided);
      return ask(id, place, relay, judgement, assessment);
    },
    waitForDecision(id, milliseconds, signal) {
      const decided = decisions.get(id);
      if (decided && !questions.get(id)) return Promise.resolve(isTrust(decided) ? 'approved' : 'rejected');
      return pending.wait(id, milliseconds, signal);
    },
  };
}

/** With the id that the advised command is about: the question's, or, in an alarm, that of the server to forget. */
function toAnswer(finding: Finding, place: Place, question: string, offers: readonly Offer[] = []): Finding {
  const id = finding.code === 'certificate-turned-bad' ? serverId(place) : question;
  const once = offers.includes('once') && !offers.includes('always') ? { once: true } : {};
  return { ...finding, facts: { ...finding.facts, id, ...once } } as Finding;
}
