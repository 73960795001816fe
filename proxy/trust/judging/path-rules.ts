import type { ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { oid } from '../x509/extensions.ts';
import { lacksDemandedPolicy } from './demanded-policy.ts';
import { violatedConstraint } from './name-constraints.ts';
import { nameText } from './summary.ts';
import { validityProblem } from './validity.ts';
import type { Work } from './work.ts';

/** What a path is judged by. */
interface PathContext {
  /** What its last certificate is; null when it is not trusted. */
  anchor: 'public' | 'private' | null;
  work: Work;
}

/**
 * The rules of RFC 5280 §6.1 for the certificates above the server's own: dates, authority to issue, path lengths, name
 * constraints, purposes, policies. The server's own certificate is judged elsewhere; here it only counts as the end of
 * the path.
 *
 * @param path leaf first
 * @param at seconds since 1970
 */
export function inspectPath(path: readonly Certificate[], at: number, { anchor, work }: PathContext): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  path.forEach((issuer, index) => {
    if (index === 0) return;
    const dated = validityProblem(issuer, at, () => issuerName(issuer));
    if (dated) problems.push(dated);
    const chosen = anchor === 'private' && index === path.length - 1;
    for (const fault of unfitness(issuer, path.slice(1, index), chosen)) {
      problems.push({
        problem: 'unknown-issuer',
        text: `${issuerName(issuer)} may not vouch for this server: it ${fault}.`,
      });
    }
  });
  const violated = violatedConstraint(path, { strict: anchor === 'public', work });
  if (violated)
    problems.push({ problem: 'unknown-issuer', text: `No authority may vouch for this server this way: ${violated}.` });
  if (lacksDemandedPolicy(path)) {
    problems.push({
      problem: 'unknown-issuer',
      text: 'An issuer demands a policy that the certificates below it do not have.',
    });
  }
  return problems;
}

function issuerName(issuer: Certificate): string {
  return `The issuer "${nameText(issuer.subject)}"`;
}

/**
 * @param chosen whether it is trusted because a person or a company chose it. It is then a name and a key (RFC 5280
 *   §6.1.1 d), whatever its version; its own statements still bind it.
 * @returns why this certificate may not issue others, in words that follow "it".
 */
function unfitness(issuer: Certificate, between: readonly Certificate[], chosen: boolean): string[] {
  const { basicConstraints, keyUsage, extendedKeyUsage, unknownCritical } = issuer.extensions;
  const faults = [...issuer.faults];
  const relic = issuer.version !== 3;
  if (relic && !chosen) faults.push(`is of version ${issuer.version}, and only version 3 says what it may be used for`);
  if (!basicConstraints?.ca && !(relic && chosen)) faults.push('is not a certificate authority');
  if (keyUsage && !keyUsage.has('keyCertSign')) faults.push('is not allowed to sign certificates');
  if (issuer.subject.empty) faults.push('has no name');
  if (unknownCritical.length > 0) faults.push('has a restriction that Postern does not know');
  // RFC 5280 §4.2.1.12 speaks only of leaves; the web's authorities are held to their purposes too (CABF BR
  // 7.1.2.10.6).
  if (extendedKeyUsage && ![oid.serverAuth, oid.anyPurpose].some((purpose) => extendedKeyUsage.includes(purpose))) {
    faults.push('issues certificates for other purposes than servers');
  }
  const intermediates = between.filter(({ selfIssued }) => !selfIssued).length;
  const allowed = basicConstraints?.pathLength ?? null;
  if (allowed !== null && intermediates > allowed) faults.push('allows fewer authorities below it than there are');
  return faults;
}
