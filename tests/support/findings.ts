import { diagnose, type FailedAt, type Finding, refusalText } from '../../proxy/contract/index.ts';

/** A finding as the state and the events carry it: the catalogue's words, and what they are made of. */
export function told(finding: Finding, at: Partial<FailedAt> = {}) {
  const diagnosis = diagnose(finding, at);
  const { code, facts } = diagnosis;
  return { message: refusalText(finding, at), code, facts, diagnosis };
}
