import { type DiagnosisCode, diagnose, type FailedAt, type Finding, refusalText } from '../../proxy/contract/index.ts';
import { failures } from '../../proxy/contract/words/failures.ts';

/** A finding in the form that the state and the events carry: the catalogue's text and the values in it. */
export function told(finding: Finding, at: Partial<FailedAt> = {}) {
  const diagnosis = diagnose(finding, at);
  const { code, facts } = diagnosis;
  return { message: refusalText(finding, at), code, facts, diagnosis };
}

/** Every code of the catalogue. */
export const diagnosisCodes = Object.keys(failures) as DiagnosisCode[];
