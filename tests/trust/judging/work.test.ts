import { describe, expect, test } from 'vitest';
import { Work } from '../../../proxy/trust/judging/work.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';

describe('what is counted may be done up to its limit, and not once more', () => {
  test('signatures', () => {
    const work = new Work();
    expect(work.signature(limits.signatureUnits)).toBe(true);
    expect(work.signature(1)).toBe(false);
  });

  test('comparisons', () => {
    const work = new Work();
    expect(work.comparisons(limits.comparisons)).toBe(true);
    expect(work.comparisons(1)).toBe(false);
  });

  test.each(['path', 'step'] as const)('the search, by each %s', (kind) => {
    const work = new Work();
    const most = { path: limits.paths, step: limits.steps }[kind];
    for (let count = 1; count < most; count += 1) work[kind]();
    expect(work.maySearchOn).toBe(true);
    work[kind]();
    expect(work.maySearchOn).toBe(false);
  });
});
