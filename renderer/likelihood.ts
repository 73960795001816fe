import { type CertificateQuestion, hasSteppedBack, unapprovableProblems } from '../proxy/contract/index.ts';
import type { certificates } from './words/certificates.ts';
import { day } from './words/format.ts';

/** How likely a question is to have a harmless cause. `never`: it cannot be accepted, whatever the cause. */
export type Likelihood = 'harmless' | 'unclear' | 'suspicious' | 'never';

/** The pattern behind the answer: one that the catalogue has a sentence for. */
type LikelihoodReason = keyof typeof certificates.reason;

/** How long after its expiry a certificate is plausibly one that somebody forgot to renew. */
const plausiblyForgotten = 30 * day;

/**
 * Judges a question as an experienced administrator would at first sight.
 *
 * @param now milliseconds since 1970
 */
export function likelihood(
  question: Pick<CertificateQuestion, 'problems' | 'history' | 'certificate' | 'offers'>,
  now: number,
): { likelihood: Likelihood; reason: LikelihoodReason } {
  const { problems, history, certificate } = question;
  const has = (problem: (typeof problems)[number]) => problems.includes(problem);
  const only = (...allowed: typeof problems) => problems.every((problem) => allowed.includes(problem));
  const recently = now - Date.parse(certificate.notAfter) < plausiblyForgotten;

  if (problems.some((problem) => unapprovableProblems.includes(problem))) return never('cannot-be-accepted');
  if (history.kind === 'verified-then-failing') return never('worked-before');
  if (!question.offers.some((offer) => offer !== 'reject')) return never('cannot-be-accepted');
  if (history.kind === 'verified-then-not-yet-valid') return unclear('clock-behind');
  if (history.kind === 'verified-then-expired' && history.previous) {
    return hasSteppedBack(certificate, history.lastVerifiedAt)
      ? suspiciousIf(true, 'stepped-back')
      : unclear('another-of-its-key');
  }
  if (history.kind === 'renewed') {
    if (history.previous.fingerprint === certificate.fingerprint) {
      return unclear(has('expired') ? 'trusted-expired' : 'trusted-other-faults');
    }
    const sameFaults = only('self-signed', 'unknown-issuer', 'name-mismatch');
    return sameFaults ? harmless('renewed-key-kept') : unclear('renewed-new-problem');
  }
  if (history.kind === 'changed' || has('changed')) return suspiciousIf(true, 'key-replaced');
  const vouchedForByNobody = has('self-signed') || has('unknown-issuer');
  if (has('name-mismatch') && vouchedForByNobody) return suspiciousIf(true, 'stranger');
  if (has('wrong-usage')) return suspiciousIf(true, 'wrong-usage');
  if (has('name-mismatch')) return unclear('name-only');
  if (has('self-signed')) return unclear('own-certificate');
  if (has('unknown-issuer')) return unclear('unknown-issuer');
  if (has('not-yet-valid')) return unclear('clock');
  return recently ? harmless('renewal-forgotten') : unclear('expired-long-ago');
}

type Judged = ReturnType<typeof likelihood>;
const never = (reason: LikelihoodReason): Judged => ({ likelihood: 'never', reason });
const harmless = (reason: LikelihoodReason): Judged => ({ likelihood: 'harmless', reason });
const unclear = (reason: LikelihoodReason): Judged => ({ likelihood: 'unclear', reason });
const suspiciousIf = (worse: boolean, reason: LikelihoodReason): Judged => ({
  likelihood: worse ? 'suspicious' : 'unclear',
  reason,
});
