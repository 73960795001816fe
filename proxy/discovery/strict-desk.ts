import { certificateFinding } from '../diagnosis/certificate.ts';
import { createLiveGrounds } from '../trust/decisions/live-grounds.ts';
import { refusalByRule } from '../trust/decisions/never-asked.ts';
import type { DecidingDesk } from '../trust/tls/secure-upstream.ts';

/**
 * Judges servers that nobody has chosen yet: what the rules verify is accepted, anything else is refused. Nobody is
 * asked, earlier decisions do not count, and nothing is remembered.
 *
 * @param revocations what is known about revoked certificates; nothing is fetched for a server that is only being tried
 */
export function createStrictDesk(now: () => Date, revocations: DecidingDesk['revocations']): DecidingDesk {
  return {
    now,
    // Nothing is sent to these servers that withdrawing trust could make worse.
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
