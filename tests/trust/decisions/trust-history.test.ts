import { describe, expect, test } from 'vitest';
import type { CertificateDecision, CertificateProblem } from '../../../proxy/contract/index.ts';
import { assess, bindingId, serverId } from '../../../proxy/trust/decisions/trust-history.ts';
import { summarise } from '../../../proxy/trust/judging/summary.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { selfSigned } from '../../support/pki.ts';

const place = { account: 'Work', server: 'mail.example.org', port: 993 };
const fingerprint = 'a'.repeat(64);

describe('ids', () => {
  const id = bindingId(place, fingerprint, ['expired', 'self-signed']);

  test('are short and stable, and bind to a set of problems', () => {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(bindingId({ ...place }, fingerprint, ['self-signed', 'expired'])).toBe(id);
    expect(bindingId(place, fingerprint, ['self-signed', 'expired', 'changed'])).toBe(id);
  });

  test.each<[string, string]>([
    ['account', bindingId({ ...place, account: 'Home' }, fingerprint, ['expired', 'self-signed'])],
    ['server', bindingId({ ...place, server: 'a.example' }, fingerprint, ['expired', 'self-signed'])],
    ['port', bindingId({ ...place, port: 465 }, fingerprint, ['expired', 'self-signed'])],
    ['certificate', bindingId(place, 'b'.repeat(64), ['expired', 'self-signed'])],
    ['problem more', bindingId(place, fingerprint, ['expired', 'self-signed', 'wrong-usage'])],
    ['problem less', bindingId(place, fingerprint, ['expired'])],
    ['kind', serverId(place)],
  ])('differ by %s', (_, other) => {
    expect(other).not.toBe(id);
  });

  test('cannot be made to meet by moving text between their parts', () => {
    const moved = bindingId({ account: 'Work","mail', server: '.example.org', port: 993 }, fingerprint, []);
    expect(moved).not.toBe(bindingId({ account: 'Work', server: 'mail.example.org', port: 993 }, fingerprint, []));
  });
});

describe('of several decisions', () => {
  const summary = () => summarise(readCertificate(selfSigned({ cn: 'x' }).der));
  const decision = (certificate: ReturnType<typeof summary>, decidedAt: string): CertificateDecision => {
    const problems: CertificateProblem[] = ['self-signed'];
    return {
      id: 'x',
      account: 'Work',
      host: place.server,
      port: 993,
      decision: 'always',
      problems,
      certificate,
      decidedAt,
    };
  };
  const [older, newer, other] = [summary(), summary(), summary()];
  const trusted = [decision(newer, '2026-02-01T00:00:00Z'), decision(older, '2026-01-01T00:00:00Z')];

  test('the latest is the one that a new key is compared with', () => {
    expect(assess(other, ['self-signed'], undefined, trusted)).toMatchObject({
      changed: true,
      history: { kind: 'changed', previous: { fingerprint: newer.fingerprint } },
    });
  });

  test('the one with the same key counts, however old', () => {
    expect(
      assess({ ...other, publicKeyFingerprint: older.publicKeyFingerprint }, [], undefined, trusted),
    ).toMatchObject({
      changed: false,
      history: { kind: 'renewed', previous: { fingerprint: older.fingerprint } },
    });
  });
});
