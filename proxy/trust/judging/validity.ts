import type { ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';

/**
 * Whether a certificate is valid now: both ends inclusive, whole seconds (RFC 5280 §4.1.2.5).
 *
 * @param at seconds since 1970, whole
 * @param who returns the beginning of the sentence, such as "The certificate"
 */
export function validityProblem(certificate: Certificate, at: number, who: () => string): ProblemDetail | null {
  const { notBefore, notAfter } = certificate;
  if (at > notAfter) {
    return { problem: 'expired', text: `${who()} expired ${span(at - notAfter)} ago (${day(notAfter)}).` };
  }
  if (at < notBefore) {
    return {
      problem: 'not-yet-valid',
      text: `${who()} becomes valid in ${span(notBefore - at)} (${day(notBefore)}). Is the clock of this computer right?`,
    };
  }
  return null;
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function span(seconds: number): string {
  const units = [
    ['year', 365 * 86_400],
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  for (const [unit, size] of units) {
    const count = Math.floor(seconds / size);
    if (count > 1 || (count === 1 && unit !== 'year')) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}
