import { certificateFinding } from '../diagnosis/certificate.ts';
import { createLiveGrounds } from '../trust/decisions/live-grounds.ts';
import { refusalByRule } from '../trust/decisions/never-asked.ts';
import type { DecidingDesk } from '../trust/tls/secure-upstream.ts';

/**
 * Decides about servers that nobody has chosen yet: those that verify by the rules are accepted, all others refused.
 * Nobody is asked, earlier decisions do not count, and nothing is remembered.
 *
 * @param revocations what is known about revoked certificates; nothing is fetched for a server that is only being tried
 */
export function createStrictDesk(now: () => Date, revocations: DecidingDesk['revocations']): DecidingDesk {
  return {
    now,
    // Nothing secret is sent to these servers, so trust need not be withdrawn.
    hold: createLiveGrounds().hold,
    revocations: revocations && {
      complete: (first, again) => revocations.complete(first, again),
      met: () => undefined,
    },
    decide({ server }, judgement) {
      const { problems } = judgement;
      if (problems.length === 0) return { kind: 'accept', trust: { kind: 'verified' } };
      const finding = certificateFinding({ server, ...judgement }, now().getTime());
      return refusalByRule(problems, finding) ?? { kind: 'refuse', reason: 'certificate-undecided', finding };
    },
  };
}
