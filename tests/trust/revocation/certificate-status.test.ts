import { describe, expect, test } from 'vitest';
import { certificateStatus, type Finding } from '../../../proxy/trust/revocation/certificate-status.ts';
import type { Answer } from '../../../proxy/trust/revocation/known-lists.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority, issue } from '../../support/pki.ts';

const authority = createAuthority({ cn: 'Root' });
const leaf = readCertificate(issue(authority, { names: ['a.test'] }).der);
const middle = readCertificate(issue(authority, { ca: true, cn: 'Middle' }).der);
const at = Date.UTC(2026, 10, 20) / 1000;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

const good = (until: number, fetchedAt = at - 60): Answer => ({ kind: 'good', until, fetchedAt });
const unknown: Answer = { kind: 'unknown' };
const revoked: Answer = { kind: 'revoked', at: at - 86_400, fetchedAt: at - 60 };
const of = (own: Answer, issuer: Answer, trouble: string | null = null): Finding[] => [
  { certificate: leaf, answer: own, trouble },
  { certificate: middle, answer: issuer, trouble },
];
const stapled = { kind: 'good', until: at + 50 } as const;

describe('a certificate is good', () => {
  test('when every list says so, as far as the oldest and shortest of them goes', () => {
    expect(certificateStatus(of(good(at + 100, at - 60), good(at + 200, at - 90)), null, at)).toEqual({
      status: 'good',
      source: 'crl',
      checkedAt: iso(at - 90),
      nextUpdate: iso(at + 100),
      message: 'The certificate is not on the list of revoked certificates of its authority.',
    });
  });

  test('when the server proved it, and the lists say so of the issuers', () => {
    expect(certificateStatus(of(unknown, good(at + 200), 'x'), stapled, at)).toMatchObject({
      status: 'good',
      source: 'staple',
      checkedAt: iso(at),
      nextUpdate: iso(at + 50),
    });
  });
});

describe('it is not known', () => {
  test.each<[string, Finding[], string]>([
    [
      'of the certificate',
      of(unknown, good(at + 1), 'it rained'),
      'Whether the certificate has been revoked is not known: it rained. Mail goes on.',
    ],
    [
      'of its issuer',
      of(good(at + 1), unknown, 'it rained'),
      'Whether the certificate of its issuer has been revoked is not known: it rained. Mail goes on.',
    ],
    [
      'from a list that is too old',
      of(unknown, unknown),
      'Whether the certificate has been revoked is not known: the list of its authority is too old. Mail goes on.',
    ],
    [
      'where nobody could tell',
      [],
      'The certificate is trusted in itself: there is no authority that could revoke it.',
    ],
  ])('%s', (_, findings, message) => {
    const standing = { status: 'unknown', checkedAt: iso(at), nextUpdate: null, source: null, message };
    expect(certificateStatus(findings, null, at)).toEqual(standing);
  });

  test('when the proof of the server is over', () => {
    expect(certificateStatus(of(unknown, good(at + 9), 'x'), { kind: 'good', until: at - 1 }, at).status).toBe(
      'unknown',
    );
  });
});

describe('it is revoked', () => {
  test.each<[string, Finding[], string]>([
    ['itself', of(revoked, unknown), 'The authority that issued the certificate has revoked it on 2026-11-19.'],
    [
      'with its issuer',
      of(good(at + 1), revoked),
      'The certificate of its issuer "CN=Middle" was revoked on 2026-11-19.',
    ],
  ])('%s, whatever the server says', (_, findings, message) => {
    expect(certificateStatus(findings, stapled, at)).toEqual({
      status: 'revoked',
      source: 'crl',
      checkedAt: iso(at - 60),
      nextUpdate: null,
      message,
    });
  });

  test('when the server itself brought the news', () => {
    const staple = { kind: 'revoked', text: 'So it is.' } as const;
    expect(certificateStatus(of(good(at + 1), good(at + 1)), staple, at)).toMatchObject({
      status: 'revoked',
      source: 'staple',
      message: 'So it is.',
    });
  });
});
