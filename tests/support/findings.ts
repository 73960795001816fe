import { diagnose, type FailedAt, type Finding, refusalText } from '../../proxy/contract/index.ts';

/** A finding in the form that the state and the events carry: the catalogue's text and the values in it. */
export function told(finding: Finding, at: Partial<FailedAt> = {}) {
  const diagnosis = diagnose(finding, at);
  const { code, facts } = diagnosis;
  return { message: refusalText(finding, at), code, facts, diagnosis };
}
