import { expect, test } from 'vitest';
import {
  storedCertificate,
  storedDate,
  storedDigest,
  storedPort,
  storedText,
} from '../../proxy/config/stored-forms.ts';
import { summarise } from '../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../support/pki.ts';

const summary = (certificate: Parameters<typeof selfSigned>[0]) =>
  summarise(readCertificate(selfSigned(certificate).der));
const plain = summary({ cn: 'mail.test', names: ['mail.test'] });

test.each([
  ['a plain certificate', plain],
  ['one with too much of everything', summary({ cn: 'x'.repeat(5000), names: Array(500).fill('y'.repeat(300)) })],
])('%s, as it is shown, is one that can be stored', (_, certificate) => {
  expect(storedCertificate.parse(JSON.parse(JSON.stringify(certificate)))).toEqual(certificate);
});

test.each(Object.keys(plain))('a certificate without its %s is none', (key) => {
  expect(storedCertificate.safeParse({ ...plain, [key]: undefined }).success).toBe(false);
});

test.each<[string, object]>([
  ['a field that is not known', { extra: 1 }],
  ['a fingerprint in capitals', { fingerprint: plain.fingerprint.toUpperCase().replace(/^./, 'A') }],
  ['a name that is no text', { names: [1] }],
  ['a name more than are shown', { names: Array(101).fill('a') }],
  ['less than no omitted names', { namesOmitted: -1 }],
  ['a date that is none', { notAfter: 'tomorrow' }],
])('%s makes it none', (_, wrong) => {
  expect(storedCertificate.safeParse({ ...plain, ...wrong }).success).toBe(false);
});

test.each([
  [storedText, 'x'.repeat(2000), 'x'.repeat(2001)],
  [storedDate, '2026-01-01T00:00:00.000Z', '2026-01-01'],
  [storedDigest, '0a'.repeat(32), '0a'.repeat(32).concat('0')],
  [storedDigest, '0a'.repeat(32), '0g'.repeat(32)],
  [storedPort, 1, 0],
  [storedPort, 65_535, 65_536],
])('%# on both sides of its bound', (form, last, beyond) => {
  expect(form.safeParse(last).success).toBe(true);
  expect(form.safeParse(beyond).success).toBe(false);
});
