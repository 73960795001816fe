import type { CertificateQuestion } from '../certificate.ts';
import { otherNames } from '../other-names.ts';

/**
 * What a person can do about a faulty certificate other than trusting or rejecting it, a sentence each. None in an alarm: the
 * server could do better before.
 */
export function nextSteps(question: CertificateQuestion): string[] {
  const { host, problems, history } = question;
  const has = (problem: (typeof problems)[number]) => problems.includes(problem);
  if (history.kind === 'verified-then-failing' || history.kind === 'verified-then-not-yet-valid') return [];
  const steps: string[] = [];
  if (has('name-mismatch') && otherNames(question).length === 0) {
    steps.push(
      `Look for a typing error in ${host}: the account needs the name that your provider gives for its server.`,
    );
  }
  if (has('unknown-issuer')) {
    steps.push(
      'If a company or school runs this server, ask for its root certificate and add it in Postern’s settings: then nothing is left to decide.',
    );
  }
  if (has('expired')) {
    steps.push('It has expired. If the date of this computer is right, whoever runs the server has to renew it.');
  }
  if (has('not-yet-valid')) {
    steps.push('It is not valid yet. If the date of this computer is right, whoever runs the server made a mistake.');
  }
  return steps;
}
