import {
  type CertificateProblem,
  type CertificateQuestion,
  type Finding,
  unapprovableProblems,
} from '../../contract/index.ts';

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

/** Why the requested decision is not open. */
export function decidedMessage({ host: server, history }: CertificateQuestion): string {
  return history.kind === 'verified-then-failing'
    ? `${server} was verified before, so this certificate can only be rejected. If you know why it changed, forget the server first.`
    : `That decision is not on offer for this certificate of ${server}.`;
}
