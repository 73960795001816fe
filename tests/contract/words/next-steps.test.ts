import { describe, expect, test } from 'vitest';
import type { CertificateProblem, CertificateQuestion } from '../../../proxy/contract/index.ts';
import { nextSteps } from '../../../proxy/contract/words/next-steps.ts';
import { questions } from '../../renderer/support/fake-certificates.ts';

const asked = (problems: CertificateProblem[], more: Partial<CertificateQuestion> = {}): CertificateQuestion => ({
  ...questions.stranger,
  history: { kind: 'new' },
  problems,
  ...more,
});

describe('what can be done besides trusting', () => {
  test.each<[CertificateProblem[], RegExp[]]>([
    [['self-signed'], []],
    [['name-mismatch', 'self-signed'], [/^Look for a typing error in mail\.kleinefirma\.example:/]],
    [['unknown-issuer'], [/add it in Postern’s settings/]],
    [
      ['name-mismatch', 'unknown-issuer', 'expired'],
      [/typing error/, /root certificate/, /^It has expired\. .*renew it\.$/],
    ],
    [['self-signed', 'not-yet-valid'], [/^It is not valid yet\. If the date of this computer is right/]],
  ])('%j', (problems, steps) => {
    const said = nextSteps(asked(problems));
    expect(said).toHaveLength(steps.length);
    for (const [at, step] of steps.entries()) expect(said[at]).toMatch(step);
  });

  test('no typing error is looked for where the certificate has a name to use; in an alarm nothing is advised', () => {
    const { certificate } = questions.stranger;
    const names = ['mail.hoster.example'];
    expect(nextSteps(asked(['name-mismatch'], { certificate: { ...certificate, names } }))).toEqual([]);
    const lastVerifiedAt = '2026-03-03T12:00:00.000Z';
    const history = { kind: 'verified-then-failing', lastVerifiedAt, previous: certificate } as const;
    expect(nextSteps(asked(['name-mismatch', 'expired'], { history }))).toEqual([]);
  });
});
