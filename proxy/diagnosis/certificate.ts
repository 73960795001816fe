import resigners from '../../assets/certificate-resigners.json' with { type: 'json' };
import type { CertificateHistory, CertificateProblem, CertificateSummary, Finding } from '../contract/index.ts';
import { likeness } from '../contract/other-names.ts';

/** What is examined: the judgement of a certificate, and what was seen of the server before. */
export interface CertificateCase {
  server: string;
  problems: readonly CertificateProblem[];
  certificate: CertificateSummary;
  chain: readonly CertificateSummary[];
  history?: CertificateHistory;
}

/** The most names of a certificate that fit in a sentence. */
const maxNames = 4;

/**
 * Recognises why a certificate is not trusted. Of several problems the one that explains the others comes first: a program
 * that re-signs certificates explains an unknown issuer, and a date alone is no reason to doubt the name.
 *
 * @param now milliseconds since 1970
 */
export function certificateFinding(known: CertificateCase, now: number): Finding {
  const { server, problems, certificate, chain, history } = known;
  const has = (...any: CertificateProblem[]) => any.some((problem) => problems.includes(problem));
  const product = has('unknown-issuer', 'self-signed') ? resignedBy(certificate, chain) : null;

  if (has('revoked')) return { code: 'certificate-revoked', facts: { problems } };
  if (product !== null) return { code: 'certificate-resigned', facts: { problems, product } };
  if (has('weak-key', 'weak-signature')) return { code: 'certificate-weak', facts: { problems } };
  const left = Date.parse(certificate.notBefore) - now;
  if (history?.kind === 'verified-then-not-yet-valid') {
    return { code: 'certificate-not-yet-valid', facts: { problems, left, verifiedAt: history.lastVerifiedAt } };
  }
  if (history?.kind === 'verified-then-failing') return { code: 'certificate-turned-bad', facts: { problems } };
  if (history?.kind === 'changed') return { code: 'certificate-changed', facts: { problems } };
  if (has('self-signed')) return { code: 'self-signed', facts: { problems } };
  if (has('unknown-issuer')) {
    return { code: chain.length === 0 ? 'intermediate-missing' : 'unknown-issuer', facts: { problems } };
  }
  if (has('name-mismatch')) {
    return { code: 'name-mismatch', facts: { problems, ...fittingNames(certificate.names, server) } };
  }
  if (has('wrong-usage')) return { code: 'certificate-wrong-use', facts: { problems } };
  if (has('expired')) {
    const verifiedOther = history?.kind === 'verified-then-expired' && history.previous !== undefined;
    const other = verifiedOther ? { verifiedOther } : {};
    return { code: 'certificate-expired', facts: { problems, ago: now - Date.parse(certificate.notAfter), ...other } };
  }
  if (has('not-yet-valid')) {
    return { code: 'certificate-not-yet-valid', facts: { problems, left } };
  }
  return { code: 'unknown-issuer', facts: { problems } };
}

/** The names that a person may have meant: those that share most of the wanted name's end come first. */
export function fittingNames(names: readonly string[], server: string): { names?: readonly string[]; more?: number } {
  if (names.length === 0) return {};
  const sorted = [...new Set(names)].sort((a, b) => likeness(b, server) - likeness(a, server));
  return { names: sorted.slice(0, maxNames), more: Math.max(0, sorted.length - maxNames) };
}

/** The program or company named among the issuers; null when none is known for re-signing certificates. */
function resignedBy(certificate: CertificateSummary, chain: readonly CertificateSummary[]): string | null {
  const issuers = [certificate.issuer, ...chain.flatMap(({ subject, issuer }) => [subject, issuer])];
  const known = resigners.find(({ issuer }) => issuers.some((name) => new RegExp(issuer, 'i').test(name)));
  return known?.product ?? null;
}
