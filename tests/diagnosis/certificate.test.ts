import { describe, expect, test } from 'vitest';
import resigners from '../../assets/certificate-resigners.json' with { type: 'json' };
import type { CertificateHistory, CertificateProblem } from '../../proxy/contract/index.ts';
import { certificateFinding, fittingNames } from '../../proxy/diagnosis/certificate.ts';
import { questions } from '../renderer/support/fake-certificates.ts';

const { certificate } = questions.expired;
const now = Date.parse(certificate.notAfter) + 3 * 86_400_000;
const find = (problems: CertificateProblem[], more: { issuer?: string; history?: CertificateHistory } = {}) =>
  certificateFinding(
    {
      server: 'mail.example.org',
      problems,
      certificate: { ...certificate, issuer: more.issuer ?? 'CN=Somebody' },
      chain: [],
      ...(more.history ? { history: more.history } : {}),
    },
    now,
  );

describe('of several problems, the one that explains the others', () => {
  const failing = { kind: 'verified-then-failing', lastVerifiedAt: '', previous: certificate } as const;
  const early = { kind: 'verified-then-not-yet-valid', lastVerifiedAt: '' } as const;
  const changed = { kind: 'changed', previous: certificate } as const;
  test.each([
    ['revoked', find(['expired', 'revoked']), 'certificate-revoked'],
    ['weak', find(['expired', 'weak-signature']), 'certificate-weak'],
    ['turned bad', find(['name-mismatch'], { history: failing }), 'certificate-turned-bad'],
    ['of another time', find(['expired', 'not-yet-valid'], { history: early }), 'certificate-not-yet-valid'],
    ['changed', find(['self-signed', 'changed'], { history: changed }), 'certificate-changed'],
    ['self-signed and expired', find(['expired', 'self-signed']), 'self-signed'],
    [
      'signed anew, even where it was verified before',
      find(['unknown-issuer'], { issuer: 'CN=AVG Technologies', history: failing }),
      'certificate-resigned',
    ],
    [
      'a known name on a certificate that verifies is no proxy',
      find(['expired'], { issuer: 'CN=Sophos' }),
      'certificate-expired',
    ],
  ] as const)('%s', (_, { code }, expected) => {
    expect(code).toBe(expected);
  });

  test('how long ago it expired', () => {
    expect(find(['expired']).facts).toMatchObject({ ago: 3 * 86_400_000 });
  });
});

// Exactly as their makers put them into the certificates.
test.each([
  ['CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield', 'Avast'],
  ['CN=avast! Web/Mail Shield Root', 'Avast'],
  ['CN=AVG Web/Mail Shield Root', 'AVG'],
  ['CN=Kaspersky Anti-Virus Personal Root Certificate, O=AO Kaspersky Lab', 'Kaspersky'],
  ['CN=ESET SSL Filter CA, O=ESET\\, spol. s r. o.', 'ESET'],
  ['CN=Bitdefender Personal CA.Net-Defender, O=Bitdefender', 'Bitdefender'],
  ['CN=Norton Web/Mail Shield Root', 'Norton'],
  ['CN=McAfee Web Gateway', 'McAfee'],
  ['CN=Sophos SSL CA_C01001, O=Sophos', 'Sophos'],
  ['CN=Zscaler Intermediate Root CA (zscalerthree.net), O=Zscaler Inc.', 'Zscaler'],
  ['CN=FGT60E0000000000, O=Fortinet', 'Fortinet FortiGate'],
  ['CN=Palo Alto Networks Decrypt', 'Palo Alto Networks'],
  ['CN=Cloud Services CA, O=Blue Coat Systems\\, Inc.', 'Blue Coat (Symantec, Broadcom)'],
  ['CN=Cisco Umbrella Root CA, O=Cisco', 'Cisco Umbrella'],
  ['CN=ca.example.goskope.com, O=Netskope Inc', 'Netskope'],
  ['CN=DO_NOT_TRUST_FiddlerRoot', 'Fiddler'],
  ['CN=mitmproxy, O=mitmproxy', 'mitmproxy'],
  ['CN=Charles Proxy CA (1 Jan 2026\\, host)', 'Charles Proxy'],
])('%s is %s', (issuer, product) => {
  expect(find(['unknown-issuer'], { issuer })).toMatchObject({ code: 'certificate-resigned', facts: { product } });
});

test.each(['CN=R11, O=Let’s Encrypt', 'CN=Example Charity', 'CN=Averaged Services', 'CN=Norton & Sons Grocers'])(
  '%s signs nothing anew',
  (issuer) => {
    expect(find(['unknown-issuer'], { issuer }).code).toBe('intermediate-missing');
  },
);

test('every row of the table is used at most once and can be read', () => {
  expect(new Set(resigners.map(({ product }) => product)).size).toBe(resigners.length);
  for (const { issuer } of resigners) expect(() => new RegExp(issuer, 'i')).not.toThrow();
});

test.each([
  [['mail.example.org'], { names: ['mail.example.org'], more: 0 }],
  [['www.other.test', 'imap.example.org'], { names: ['imap.example.org', 'www.other.test'], more: 0 }],
  [
    ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'smtp.example.org'],
    { names: ['smtp.example.org', 'a.test', 'b.test', 'c.test'], more: 2 },
  ],
  [[], {}],
])('%j, the fitting first', (names, fitting) => {
  expect(fittingNames(names, 'mail.example.org')).toEqual(fitting);
});
