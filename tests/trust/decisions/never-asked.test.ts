import { expect, test } from 'vitest';
import { certificateProblems } from '../../../proxy/contract/index.ts';
import { refusalByRule } from '../../../proxy/trust/decisions/never-asked.ts';

const finding = { code: 'certificate-weak' } as const;

test.each([
  [['self-signed', 'weak-key'], 'certificate-rejected'],
  [['weak-signature'], 'certificate-rejected'],
  [['weak-key', 'revoked'], 'certificate-revoked'],
] as const)('%o is refused by rule', (problems, reason) => {
  expect(refusalByRule(problems, finding)).toMatchObject({ kind: 'refuse', reason, finding });
});

test('what a person may accept is not refused by rule', () => {
  const approvable = certificateProblems.filter((problem) => !/weak|revoked/.test(problem));
  expect(refusalByRule(approvable, finding)).toBeNull();
});
