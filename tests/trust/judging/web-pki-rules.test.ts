import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { type Anchors, findPath } from '../../../proxy/trust/judging/path.ts';
import { inspectPath } from '../../../proxy/trust/judging/path-rules.ts';
import { createRoots } from '../../../proxy/trust/judging/roots.ts';
import { judgeStrength } from '../../../proxy/trust/judging/strength.ts';
import { nameText } from '../../../proxy/trust/judging/summary.ts';
import { inspectPublicPath } from '../../../proxy/trust/judging/web-pki-rules.ts';
import { Work } from '../../../proxy/trust/judging/work.ts';
import { type Certificate, readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type CertificateOptions, createAuthority, der, type Identity, issue } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';
import { judged } from '../support.ts';

const names = ['mail.example.org'];
const root = createAuthority({ cn: 'Public Root' });
const middle = issue(root, { ca: true, cn: 'Public Middle', pathLength: 0 });

/** The problems below a public web root, and below a company's root. */
function both(leaf: Identity, trusted = root): { asPublic: string[]; asCompany: string[] } {
  const problems = (asPublic: boolean) =>
    judged(leaf, { trusted: [trusted], asPublic }).details.map(({ problem, text }) => `${problem}: ${text}`);
  return { asPublic: problems(true), asCompany: problems(false) };
}

const identifier = (tag: number, text: string) => der(tag, Buffer.from(text));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const uri = (text: string) => identifier(0x86, text);

describe('a certificate as public authorities make them passes', () => {
  // What they add and nothing here judges: policies, the addresses of the issuer and its lists, signed certificate
  // timestamps.
  const domainValidated = der(0x30, der(0x30, oid('67810c010201')));
  const organisationValidated = der(
    0x30,
    der(
      0x30,
      oid('2b06010401b2310102020307'),
      der(0x30, der(0x30, oid('2b06010505070201'), identifier(0x16, 'https://ca.test/CPS'))),
    ),
    der(0x30, oid('67810c010202')),
  );
  const access = der(
    0x30,
    der(0x30, oid('2b06010505073001'), uri('http://ocsp.ca.test')),
    der(0x30, oid('2b06010505073002'), uri('http://ca.test/issuer.crt')),
  );
  const lists = der(0x30, der(0x30, der(0xa0, der(0xa0, uri('http://ca.test/1.crl')))));
  const timestamps = der(0x04, Buffer.alloc(242, 7));
  const extras = (policies: Buffer) => [
    { oid: '2.5.29.32', value: policies },
    { oid: '1.3.6.1.5.5.7.1.1', value: access },
    { oid: '2.5.29.31', value: lists },
    { oid: '1.3.6.1.4.1.11129.2.4.2', value: timestamps },
  ];
  const organisation: [string, string][] = [
    ['2.5.4.6', 'GB'],
    ['2.5.4.8', 'Greater Manchester'],
    ['2.5.4.10', 'Example Mail Limited'],
  ];

  // Let's Encrypt: short subjects, an intermediate for both purposes and no more authorities below it.
  const letters = createAuthority({ cn: 'ISRG-like Root', key: 'rsa4096', attributes: [['2.5.4.6', 'US']] });
  const r10 = issue(letters, {
    ca: true,
    cn: 'R10',
    key: 'rsa2048',
    attributes: [
      ['2.5.4.6', 'US'],
      ['2.5.4.10', "Let's Encrypt"],
    ],
    pathLength: 0,
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
    eku: ['clientAuth', 'serverAuth'],
    extensions: [{ oid: '2.5.29.32', value: domainValidated }],
  });
  // Sectigo and DigiCert: an organisation in the subject, and a root cross-signed by an older one.
  const old = createAuthority({ cn: 'AAA Certificate Services' });
  const newer = createAuthority({ cn: 'USERTrust-like Root', key: 'ec384', hash: 'sha384' });
  const across = issue(old, {
    ca: true,
    cn: 'USERTrust-like Root',
    key: newer.keys,
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
  });
  const issuing = issue(newer, {
    ca: true,
    cn: 'Organization Validation Secure Server CA',
    attributes: [['2.5.4.10', 'Sectigo-like Limited']],
    pathLength: 0,
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
    eku: ['serverAuth', 'clientAuth'],
    extensions: [{ oid: '2.5.29.32', value: der(0x30, der(0x30, oid('551d2000'))) }],
  });
  const hosts = ['mail.example.org', '*.example.org', 'example.org'];
  const valid: CertificateOptions = { names: hosts, extensions: extras(domainValidated) };

  test.each<[string, Identity, Identity, Identity[]]>([
    ['for a domain, with a common name', issue(r10, { ...valid, key: 'rsa2048' }), letters, [r10]],
    [
      'for a domain, with the common name of another of its names',
      issue(r10, { ...valid, cn: 'example.org' }),
      letters,
      [r10],
    ],
    ['for a domain, with a wildcard as its common name', issue(r10, { ...valid, cn: '*.example.org' }), letters, [r10]],
    ['for a domain, without a subject', issue(r10, { ...valid, cn: null }), letters, [r10]],
    ['for both purposes', issue(r10, { ...valid, eku: ['serverAuth', 'clientAuth'] }), letters, [r10]],
    [
      'with RSA key usages',
      issue(r10, { ...valid, keyUsage: ['digitalSignature', 'keyEncipherment'] }),
      letters,
      [r10],
    ],
    [
      'for an organisation',
      issue(issuing, {
        names: hosts,
        attributes: organisation,
        eku: ['serverAuth', 'clientAuth'],
        extensions: extras(organisationValidated),
      }),
      newer,
      [issuing],
    ],
    [
      'for an organisation without a common name',
      issue(issuing, { names: hosts, cn: null, attributes: organisation, extensions: extras(organisationValidated) }),
      newer,
      [issuing, across],
    ],
    [
      'for an organisation, below the older root',
      issue(issuing, { names: hosts, attributes: organisation, extensions: extras(organisationValidated) }),
      old,
      [issuing, across],
    ],
  ])('%s', (_, leaf, trusted, presented) => {
    expect(judged(leaf, { trusted: [trusted], presented, asPublic: true }).details).toEqual([]);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1', null],
    ['192.0.2.1', 'mail.example.org'],
  ])('for the address %s with the common name %s', (host, cn) => {
    expect(
      judged(issue(r10, { ips: [host], cn }), { server: host, trusted: [letters], asPublic: true }).details,
    ).toEqual([]);
  });
});

describe('what only a company may do: a server with', () => {
  const purposes = (critical: boolean) => [{ oid: '2.5.29.37', critical, value: der(0x30, oid('2b06010505070301')) }];
  test.each<[string, CertificateOptions, string]>([
    [
      'a common name of another host',
      { cn: 'evil.example' },
      'name-mismatch: The certificate is also made out to "evil.example"',
    ],
    [
      'a common name in other case',
      { cn: 'Mail.example.org' },
      'name-mismatch: The certificate is also made out to "Mail',
    ],
    ['a second common name', { attributes: [['2.5.4.3', 'evil.example']] }, 'name-mismatch: The certificate is also'],
    [
      'a name of its owner as common name',
      { cn: 'The Mail Server' },
      'name-mismatch: The certificate is also made out to',
    ],
    ['an address as common name', { cn: '192.0.2.1' }, 'name-mismatch: The certificate is also made out to'],
    [
      'no purpose',
      { eku: null },
      'wrong-usage: The certificate is not one that public authorities may issue for servers. It does not say',
    ],
    [
      'critical purposes',
      { eku: null, extensions: purposes(true) },
      'wrong-usage: The certificate is not one that public authorities may issue for servers. Its purposes',
    ],
    [
      'critical names',
      { sanCritical: true },
      'wrong-usage: The certificate is not one that public authorities may issue for servers. Its names',
    ],
    [
      'no word of who vouches for it',
      { bare: true, eku: ['serverAuth'] },
      'unknown-issuer: The certificate does not say which key',
    ],
  ])('%s', (_, options, text) => {
    const { asPublic, asCompany } = both(issue(middle, { names, ...options }));
    expect(asCompany).toEqual([]);
    expect(asPublic).toEqual([expect.stringContaining(text)]);
  });

  test.each([
    ['192.0.2.1', '0xC0000201'],
    ['192.0.2.1', '192.000.002.001'],
    ['2001:db8::a', '2001:DB8::A'],
    ['2001:db8::a', '2001:db8:0:0:0:0:0:a'],
  ])('the address %s, whose common name spells it as %s', (host, cn) => {
    const leaf = issue(middle, { ips: [host], cn });
    expect(judged(leaf, { server: host, trusted: [root] }).problems).toEqual([]);
    expect(judged(leaf, { server: host, trusted: [root], asPublic: true }).problems).toEqual(['name-mismatch']);
  });

  test('purposes that are not critical, said in the same way, as a public one', () => {
    const leaf = issue(middle, { names, eku: null, extensions: purposes(false) });
    expect(both(leaf)).toEqual({ asPublic: [], asCompany: [] });
  });

  test('a stray common name that is harmless where it is shown', () => {
    const [told = ''] = both(issue(middle, { names, cn: '\x1b[2J\u202eevil' })).asPublic;
    expect(told).toContain('made out to "\ufffd[2J\ufffdevil"');
  });
});

describe('what only a company may do: an authority with', () => {
  const mayIssue: CertificateOptions = { bare: true, keyUsage: ['keyCertSign'] };
  const isAuthority = (critical: boolean) => ({
    oid: '2.5.29.19',
    critical,
    value: der(0x30, der(0x01, Buffer.from([0xff]))),
  });
  const ownKey = { oid: '2.5.29.14', value: identifier(0x04, 'own') };
  const itsIssuer = (...fields: Buffer[]) => ({ oid: '2.5.29.35', value: der(0x30, ...fields) });
  const rootKey = itsIssuer(der(0x80, readCertificate(root.der).extensions.subjectKeyIdentifier ?? Buffer.alloc(0)));
  // The leaves are handmade, too: the test authorities identify the issuer's key by a rule of their own.
  const below = (top: Identity) =>
    issue(top, { names, bare: true, eku: ['serverAuth'], extensions: [itsIssuer(identifier(0x80, 'own'))] });
  const told = (text: string) =>
    expect.stringMatching(new RegExp(`^unknown-issuer: The issuer .* public authority: it ${text}`));

  test.each<[string, CertificateOptions['extensions'], string]>([
    ['no word of its own key', [isAuthority(true), rootKey], 'does not say which key it has'],
    ['no word of who vouches for it', [isAuthority(true), ownKey], 'does not say which key vouches for it'],
    ['a mark that is not critical', [isAuthority(false), ownKey, rootKey], 'does not mark as critical'],
  ])('%s, in the middle', (_, extensions = [], text) => {
    const leaf = below(issue(root, { ...mayIssue, cn: 'Middle', extensions }));
    const { asPublic, asCompany } = both(leaf);
    expect(asCompany).toEqual([]);
    expect(asPublic).toEqual([told(text)]);
  });

  test.each<[string, CertificateOptions['extensions'], string]>([
    ['a mark that is not critical', [isAuthority(false), ownKey], 'does not mark as critical'],
    [
      'purposes',
      [isAuthority(true), ownKey, { oid: '2.5.29.37', value: der(0x30, oid('2b06010505070301')) }],
      'limits its purposes',
    ],
    [
      'another key of its own',
      [isAuthority(true), ownKey, itsIssuer(identifier(0x80, 'other'))],
      'names somebody else',
    ],
    ['nothing about the key of its own', [isAuthority(true), ownKey, itsIssuer()], 'names somebody else'],
    [
      'a serial number of its own',
      [isAuthority(true), ownKey, itsIssuer(identifier(0x80, 'own'), identifier(0x82, '1'))],
      'names somebody else',
    ],
  ])('%s, as the root', (_, extensions = [], text) => {
    const top = createAuthority({ ...mayIssue, extensions });
    const { asPublic, asCompany } = both(below(top), top);
    expect(asCompany).toEqual([]);
    expect(asPublic).toEqual([told(text)]);
  });

  test.each<[string, CertificateOptions['extensions']]>([
    ['its own key as that of its issuer', [isAuthority(true), ownKey, itsIssuer(identifier(0x80, 'own'))]],
    ['no word of its key', [isAuthority(true)]],
  ])('%s, as the root, which a public one may do too', (_, extensions = []) => {
    const top = createAuthority({ ...mayIssue, extensions });
    expect(both(below(top), top)).toEqual({ asPublic: [], asCompany: [] });
  });
});

describe('what companies do, and public authorities have promised not to', () => {
  const company = (options: CertificateOptions) => issue(middle, { names, ...options });
  const limited = (dns: string) => issue(root, { ca: true, cn: 'Limited', nameConstraints: { permitted: [{ dns }] } });
  test.each<[string, Identity]>([
    ['servers and any purpose', company({ eku: ['serverAuth', 'any'] })],
    ['an RSA key for key exchange alone', company({ key: 'rsa2048', keyUsage: ['keyEncipherment'] })],
    ['the serial number zero', company({ serial: Buffer.from([0]) })],
    ['a serial number of 21 bytes', company({ serial: Buffer.alloc(21, 1) })],
    ['no subject, and names that are not critical', company({ cn: null, sanCritical: false })],
    ['a limit with a leading dot', issue(limited('.example.org'), { names })],
    [
      'policy constraints that are not critical',
      issue(
        issue(root, {
          ca: true,
          cn: 'Limited',
          extensions: [{ oid: '2.5.29.36', value: der(0x30, der(0x81, Buffer.from([0]))) }],
        }),
        { names },
      ),
    ],
    [
      'an issuer with the serial number zero',
      issue(issue(root, { ca: true, cn: 'Zero', serial: Buffer.from([0]) }), { names }),
    ],
  ])('%s', (_, leaf) => {
    const { asPublic, asCompany } = both(leaf);
    expect(asCompany).toEqual([]);
    expect(asPublic).toHaveLength(1);
  });
});

describe("every one of Mozilla's roots", () => {
  const roots = tls.rootCertificates.map((text) => readCertificate(new X509Certificate(text).raw));

  /** A certificate that names this root's key, so that only the root can be at fault. */
  function leafBelow({ extensions }: Certificate): Certificate {
    const key = extensions.subjectKeyIdentifier;
    const named = key ? [{ oid: '2.5.29.35', value: der(0x30, der(0x80, key)) }] : [];
    return readCertificate(issue(root, { names, bare: true, eku: ['serverAuth'], extensions: named }).der);
  }

  test.each(roots.map((one) => [nameText(one.subject), one] as const))('%s may vouch for a server', (_, one) => {
    const path = [leafBelow(one), one];
    // At a date when it was valid, so that the result does not depend on the current date.
    expect(inspectPath(path, one.notBefore, { anchor: 'public', work: new Work() })).toEqual([]);
    expect(inspectPublicPath(path)).toEqual([]);
    expect(judgeStrength(path, true)).toEqual([]);
  });
});

test('of a path to a public root and one to a company, the one without a fault counts', () => {
  const company = createAuthority({ cn: 'Company Root' });
  const across = issue(company, { ca: true, cn: 'Public Middle', key: middle.keys });
  const leaf = readCertificate(issue(middle, { names, cn: 'The Mail Server' }).der);
  const presented = [middle, across].map((one) => readCertificate(one.der));
  const indexes = [root, company].map(({ certPem }) => createRoots(trusting([certPem], certPem === root.certPem)));
  const both: Anchors = {
    has: (one) => indexes.some((index) => index.has(one)),
    named: (key) => indexes.flatMap((index) => index.named(key)),
    isPublic: (one) => indexes.some((index) => index.isPublic(one)),
  };
  const at = Math.floor(Date.now() / 1000);
  expect(findPath(leaf, presented, both, at).problems).toEqual([]);
  expect(findPath(leaf, presented.slice(0, 1), both, at).problems).toMatchObject([{ problem: 'name-mismatch' }]);
});
