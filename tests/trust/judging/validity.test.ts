import { expect, test } from 'vitest';
import { validityProblem } from '../../../proxy/trust/judging/validity.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { issue } from '../../support/pki.ts';
import { authority, judged } from '../support.ts';

const from = Date.parse('2026-03-01T00:00:00Z');
const to = Date.parse('2026-04-01T00:00:00Z');
const identity = issue(authority, { names: ['mail.example.org'], notBefore: new Date(from), notAfter: new Date(to) });
const certificate = readCertificate(identity.der);
const day = 86_400;

test.each([
  ['at its first second', from, []],
  ['at its last second', to, []],
  ['within its last second', to + 999, []],
  ['one second too early', from - 1000, ['not-yet-valid']],
  ['a part of a second too early', from - 1, ['not-yet-valid']],
  ['one second too late', to + 1000, ['expired']],
])('%s', (_, now, problems) => {
  const long = { notBefore: new Date(from - 1e9), notAfter: new Date(to + 1e9) };
  const root = { ...long, cn: 'Trusted Test Root', ca: true, key: authority.keys };
  expect(judged(identity, { now, trusted: [issue(authority, root), authority] }).problems).toEqual(problems);
});

test.each([
  [to / 1000 + 1, 'The certificate expired 1 second ago (2026-04-01).'],
  [to / 1000 + 90, 'The certificate expired 1 minute ago (2026-04-01).'],
  [to / 1000 + 7_200, 'The certificate expired 2 hours ago (2026-04-01).'],
  [to / 1000 + 2 * day, 'The certificate expired 2 days ago (2026-04-01).'],
  [to / 1000 + 400 * day, 'The certificate expired 400 days ago (2026-04-01).'],
  [to / 1000 + 800 * day, 'The certificate expired 2 years ago (2026-04-01).'],
  [from / 1000 - day, 'The certificate becomes valid in 1 day (2026-03-01). Is the clock of this computer right?'],
])('at %d it says: %s', (at, text) => {
  expect(validityProblem(certificate, at, () => 'The certificate')?.text).toBe(text);
});
