import type { CertificateProblem, CertificateSummary, Finding } from '../contract/index.ts';

/** A certificate that was seen, with all that is wrong with it. */
export interface SeenCertificate {
  server: string;
  certificate: CertificateSummary;
  problems: readonly CertificateProblem[];
}

/**
 * Decides whether this computer's clock is to blame, from certificates whose date is their only fault. They come from
 * authorities trusted here, which issue none for the future: one is enough to show a clock that is behind. Servers do
 * get renewed late, so a clock that is ahead takes two, from different servers. A server verified by the same clock
 * speaks against both. The amount is what the certificates prove, so it is a minimum.
 *
 * @param now milliseconds since 1970, by the clock in doubt
 */
export function clockFinding(seen: readonly SeenCertificate[], now: number): Finding | null {
  if (seen.some(({ problems }) => problems.length === 0)) return null;
  const only = (problem: CertificateProblem) =>
    seen.filter(({ problems }) => problems.length === 1 && problems[0] === problem);
  const tooNew = only('not-yet-valid');
  const tooOld = only('expired');
  if (tooNew.length > 0 && tooOld.length > 0) return null;
  if (tooNew.length > 0) {
    const latest = Math.max(...tooNew.map(({ certificate }) => Date.parse(certificate.notBefore)));
    return wrong('behind', latest - now);
  }
  if (new Set(tooOld.map(({ server }) => server)).size >= 2) {
    const earliest = Math.min(...tooOld.map(({ certificate }) => Date.parse(certificate.notAfter)));
    return wrong('ahead', now - earliest);
  }
  return null;
}

function wrong(direction: 'behind' | 'ahead', milliseconds: number): Finding {
  return { code: 'clock-wrong', facts: { direction, atLeast: milliseconds } };
}
