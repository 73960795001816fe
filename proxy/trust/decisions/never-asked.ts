import { type CertificateProblem, type Finding, unapprovableProblems } from '../../contract/index.ts';

/** A refusal that no decision can change. */
export interface RuledOut {
  kind: 'refuse';
  reason: 'certificate-rejected' | 'certificate-revoked';
  finding: Finding;
}

/**
 * The refusal for problems that nobody may accept; null when there are none.
 *
 * @param finding what the certificate's failure was recognised as
 */
export function refusalByRule(problems: readonly CertificateProblem[], finding: Finding): RuledOut | null {
  const final = problems.filter((problem) => unapprovableProblems.includes(problem));
  if (final.length === 0) return null;
  return {
    kind: 'refuse',
    reason: final.includes('revoked') ? 'certificate-revoked' : 'certificate-rejected',
    finding,
  };
}
