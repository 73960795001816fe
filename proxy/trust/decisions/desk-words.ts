import {
  type CertificateHistory,
  type CertificateProblem,
  type CertificateQuestion,
  unapprovableProblems,
} from '../../contract/index.ts';

/** A refusal that no decision can change. */
export interface RuledOut {
  kind: 'refuse';
  reason: 'certificate-rejected' | 'certificate-revoked';
  message: string;
}

/**
 * What a mail program is told about a certificate. These words reach its window, so none of them comes from the server: a
 * certificate can be made up by whoever sits on the line.
 */
const words: Record<CertificateProblem, string> = {
  expired: 'it has expired',
  'not-yet-valid': 'it is not valid yet',
  'name-mismatch': 'it is for another server',
  'self-signed': 'nobody but itself vouches for it',
  'unknown-issuer': 'no known authority vouches for it',
  'wrong-usage': 'it is not meant for servers',
  'weak-key': 'its key is too weak',
  'weak-signature': 'its signature can be forged',
  revoked: 'it has been revoked',
  changed: 'it is not the one that you trusted',
};

/** The faults of a certificate in words; completes "…: ". */
export function because(problems: readonly CertificateProblem[]): string {
  const all = problems.map((problem) => words[problem]);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** The refusal for problems that nobody may accept; null when there are none. */
export function refusalByRule(server: string, problems: readonly CertificateProblem[]): RuledOut | null {
  const final = problems.filter((problem) => unapprovableProblems.includes(problem));
  if (final.length === 0) return null;
  const reason = final.includes('revoked') ? 'certificate-revoked' : 'certificate-rejected';
  return {
    kind: 'refuse',
    reason,
    message: `The certificate of ${server} cannot be accepted by anyone: ${because(final)}. Ask the provider to replace it. Nothing was sent.`,
  };
}

export function rejectedMessage(server: string): string {
  return `You have rejected this certificate of ${server}. To be asked again, forget that decision in Postern. Nothing was sent.`;
}

export function undecidedMessage(
  server: string,
  problems: readonly CertificateProblem[],
  history: CertificateHistory,
): string {
  if (history.kind === 'verified-then-failing') {
    return `${server} was verified before and now shows a certificate that is not trustworthy: ${because(problems)}. Someone may be intercepting the connection. Open Postern to see more. Nothing was sent.`;
  }
  return `The certificate of ${server} is not trustworthy by itself: ${because(problems)}. Open Postern to look at it and decide, then try again. Nothing was sent.`;
}

/** Why the decision asked for is not open. */
export function decidedMessage({ host: server, history }: CertificateQuestion): string {
  return history.kind === 'verified-then-failing'
    ? `${server} was verified before, so this certificate can only be rejected. If you know why it changed, forget the server first.`
    : `That decision is not on offer for this certificate of ${server}.`;
}
