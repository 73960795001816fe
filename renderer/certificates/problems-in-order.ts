import type { CertificateProblem } from '../../proxy/contract/index.ts';

/** The news first: that the server shows another certificate than before matters more than what was known of both. */
export function problemsInOrder(problems: readonly CertificateProblem[]): CertificateProblem[] {
  return problems.toSorted((a, b) => Number(b === 'changed') - Number(a === 'changed'));
}
