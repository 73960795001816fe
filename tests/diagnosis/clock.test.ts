import { expect, test } from 'vitest';
import type { CertificateProblem } from '../../proxy/contract/index.ts';
import { clockFinding, type SeenCertificate } from '../../proxy/diagnosis/clock.ts';
import { questions } from '../renderer/support/fake-certificates.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-21T12:00:00Z');
const seen = (server: string, from: number, to: number, ...problems: CertificateProblem[]): SeenCertificate => ({
  server,
  problems,
  certificate: {
    ...questions.expired.certificate,
    notBefore: new Date(now + from * day).toISOString(),
    notAfter: new Date(now + to * day).toISOString(),
  },
});
const early = seen('a', 10, 100, 'not-yet-valid');
const late = (server: string, days: number) => seen(server, -400, -days, 'expired');

test('one sound certificate of the future: the clock is behind, by what it proves', () => {
  expect(clockFinding([early], now)?.facts).toEqual({ direction: 'behind', atLeast: 10 * day });
  const later = seen('b', 40, 100, 'not-yet-valid');
  expect(clockFinding([early, later], now)?.facts).toEqual({ direction: 'behind', atLeast: 40 * day });
});

test('two servers whose certificates have expired: the clock is ahead', () => {
  expect(clockFinding([late('a', 30), late('b', 50)], now)?.facts).toEqual({
    direction: 'ahead',
    atLeast: 50 * day,
  });
});

test.each([
  ['one expired certificate is the provider’s mistake', [late('a', 30)]],
  ['so is the same server twice', [late('a', 30), late('a', 30)]],
  ['a server that was verified by the same clock speaks against it', [early, seen('b', -10, 10)]],
  ['dates in both directions are no clock', [early, late('a', 3), late('b', 3)]],
  ['a certificate that nobody vouches for proves nothing', [seen('a', 10, 100, 'not-yet-valid', 'self-signed')]],
  ['nothing was seen', []],
])('%s', (_, certificates) => {
  expect(clockFinding(certificates, now)).toBeNull();
});
