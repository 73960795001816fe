import { describe, expect, test } from 'vitest';
import type { CertificateHistory, CertificateProblem, Offer } from '../../proxy/contract/index.ts';
import { likelihood } from '../../renderer/likelihood.ts';
import { certificate, inDays } from './support/fake-certificates.ts';

const all: Offer[] = ['reject', 'once', 'always'];
const before = certificate('before');

function judge(
  problems: CertificateProblem[],
  {
    history = { kind: 'new' },
    offers = all,
    endedDays = 2,
  }: Partial<{ history: CertificateHistory; offers: Offer[]; endedDays: number }> = {},
) {
  const shown = certificate('now', { notAfter: inDays(-endedDays) });
  return likelihood({ problems, history, offers, certificate: shown }, Date.now());
}

describe('how likely the cause is harmless', () => {
  test.each<[string, CertificateProblem[], Parameters<typeof judge>[1], string, string]>([
    ['expired two days ago', ['expired'], {}, 'harmless', 'renewal-forgotten'],
    ['expired a year ago', ['expired'], { endedDays: 365 }, 'unclear', 'expired-long-ago'],
    ['not valid yet', ['not-yet-valid'], { endedDays: -90 }, 'unclear', 'clock'],
    ['made out to another name', ['name-mismatch'], {}, 'unclear', 'name-only'],
    ['another name and unknown issuer', ['name-mismatch', 'unknown-issuer'], {}, 'suspicious', 'stranger'],
    ['another name and self-signed', ['name-mismatch', 'self-signed', 'expired'], {}, 'suspicious', 'stranger'],
    ['self-signed', ['self-signed'], {}, 'unclear', 'own-certificate'],
    ['unknown issuer', ['unknown-issuer', 'expired'], {}, 'unclear', 'unknown-issuer'],
    ['for another purpose', ['wrong-usage'], {}, 'suspicious', 'wrong-usage'],
    [
      'changed',
      ['changed', 'self-signed'],
      { history: { kind: 'changed', previous: before } },
      'suspicious',
      'key-replaced',
    ],
    [
      'changed, and another name',
      ['changed', 'name-mismatch', 'self-signed'],
      { history: { kind: 'changed', previous: before } },
      'suspicious',
      'key-replaced',
    ],
    ['renewed', ['self-signed'], { history: { kind: 'renewed', previous: before } }, 'harmless', 'renewed-key-kept'],
    [
      'renewed and faulty in a new way',
      ['self-signed', 'expired'],
      { history: { kind: 'renewed', previous: before } },
      'unclear',
      'renewed-new-problem',
    ],
    [
      'the very certificate that was trusted, expired since',
      ['self-signed', 'expired'],
      { history: { kind: 'renewed', previous: certificate('now') } },
      'unclear',
      'trusted-expired',
    ],
    [
      'the very certificate that was trusted, faulty in another way',
      ['unknown-issuer'],
      { history: { kind: 'renewed', previous: certificate('now') } },
      'unclear',
      'trusted-other-faults',
    ],
    [
      'verified before, not valid yet by this clock',
      ['not-yet-valid'],
      { history: { kind: 'verified-then-not-yet-valid', lastVerifiedAt: inDays(-3) }, offers: ['reject', 'once'] },
      'unclear',
      'clock-behind',
    ],
    ['weak key', ['weak-key', 'expired'], { offers: ['reject'] }, 'never', 'cannot-be-accepted'],
    ['revoked', ['revoked'], { offers: ['reject'] }, 'never', 'cannot-be-accepted'],
    ['nothing but rejection on offer', ['expired'], { offers: ['reject'] }, 'never', 'cannot-be-accepted'],
    [
      'verified before, expired now',
      ['expired'],
      { history: { kind: 'verified-then-expired', lastVerifiedAt: inDays(-3) }, offers: ['reject', 'once'] },
      'harmless',
      'renewal-forgotten',
    ],
    [
      'verified before, failing now',
      ['unknown-issuer'],
      { history: { kind: 'verified-then-failing', lastVerifiedAt: inDays(-3), previous: before }, offers: ['reject'] },
      'never',
      'worked-before',
    ],
  ])('%s', (_, problems, given, answer, reason) => {
    expect(judge(problems, given)).toEqual({ likelihood: answer, reason });
  });
});
