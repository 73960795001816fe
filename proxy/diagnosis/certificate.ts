import resigners from '../../assets/certificate-resigners.json' with { type: 'json' };
import type {
  CertificateHistory,
  CertificateProblem,
  CertificateSummary,
  DiagnosisFacts,
  Finding,
} from '../contract/index.ts';
import { amountOfTime } from './amount.ts';

/** What is looked at: the judgement of a certificate, and what was seen of the server before. */
export interface CertificateCase {
  server: string;
  problems: readonly CertificateProblem[];
  certificate: CertificateSummary;
  chain: readonly CertificateSummary[];
  history?: CertificateHistory;
}

/** Names of a certificate that a sentence can carry. */
const maxNames = 4;

/**
 * Recognises why a certificate is not trusted. Of several problems the one that explains the others comes first: a program
 * that signs certificates anew explains an unknown issuer, and a date alone is no reason to doubt the name.
 *
 * @param now milliseconds since 1970
 */
export function certificateFinding(known: CertificateCase, now: number): Finding {
  const { server, problems, certificate, chain, history } = known;
  const has = (...any: CertificateProblem[]) => any.some((problem) => problems.includes(problem));
  const found = (code: Finding['code'], facts: DiagnosisFacts = {}): Finding => ({
    code,
    facts: { server, ...facts },
    problems: [...problems],
  });

  if (has('revoked')) return found('certificate-revoked');
  const product = has('unknown-issuer', 'self-signed') ? resignedBy(certificate, chain) : null;
  if (product !== null) return found('certificate-resigned', { product });
  if (has('weak-key', 'weak-signature')) return found('certificate-weak');
  if (history?.kind === 'verified-then-failing') return found('certificate-turned-bad');
  if (history?.kind === 'changed') return found('certificate-changed');
  if (has('self-signed')) return found('self-signed');
  if (has('unknown-issuer')) return found(chain.length === 0 ? 'intermediate-missing' : 'unknown-issuer');
  if (has('name-mismatch')) {
    const names = fittingNames(certificate.names, server);
    return found('name-mismatch', names === '' ? {} : { names });
  }
  if (has('wrong-usage')) return found('certificate-wrong-use');
  if (has('expired'))
    return found('certificate-expired', { amount: amountOfTime(now - Date.parse(certificate.notAfter)) });
  if (has('not-yet-valid')) {
    return found('certificate-not-yet-valid', { amount: amountOfTime(Date.parse(certificate.notBefore) - now) });
  }
  return found('unknown-issuer');
}

/** The names that a person may have meant: those that share the most of the wanted name's end come first. */
export function fittingNames(names: readonly string[], server: string): string {
  const wanted = server.toLowerCase().split('.').reverse();
  const shared = (name: string) => {
    const labels = name.toLowerCase().split('.').reverse();
    const differs = labels.findIndex((label, at) => label !== wanted[at]);
    return differs === -1 ? labels.length : differs;
  };
  const sorted = [...new Set(names)].sort((a, b) => shared(b) - shared(a));
  const shown = sorted.slice(0, maxNames);
  const more = sorted.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.length > 1 ? shown.pop() : undefined;
  return last === undefined ? shown.join('') : `${shown.join(', ')} and ${last}`;
}

/** The program or company whose name stands among the issuers; null when none is known to sign anew. */
function resignedBy(certificate: CertificateSummary, chain: readonly CertificateSummary[]): string | null {
  const issuers = [certificate.issuer, ...chain.flatMap(({ subject, issuer }) => [subject, issuer])];
  const known = resigners.find(({ issuer }) => issuers.some((name) => new RegExp(issuer, 'i').test(name)));
  return known?.product ?? null;
}
