import { describe, expect, test } from 'vitest';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { type CertificateOptions, createAuthority, der, issue, type NameEntry } from '../../support/pki.ts';
import { authority, judged } from '../support.ts';

type Constraints = NonNullable<CertificateOptions['nameConstraints']>;

/** Whether a leaf is accepted under an issuer with these constraints. */
function stands(constraints: Constraints, leaf: CertificateOptions, host = 'mail.example.org'): boolean {
  const issuer = issue(authority, { ca: true, cn: 'Limited', nameConstraints: constraints });
  const { problems } = judged(issue(issuer, { names: ['mail.example.org'], ...leaf }), { server: host });
  expect([[], ['unknown-issuer']]).toContainEqual(problems);
  return problems.length === 0;
}

const dns = (text: string): NameEntry => ({ dns: text });

describe('names that are allowed', () => {
  test.each<[string, Constraints, CertificateOptions]>([
    ['the host itself', { permitted: [dns('mail.example.org')] }, {}],
    ['the domain above', { permitted: [dns('example.org')] }, {}],
    ['in another case', { permitted: [dns('EXAMPLE.org')] }, {}],
    ['everything', { permitted: [dns('')] }, {}],
    ['one of two domains', { permitted: [dns('example.com'), dns('example.org')] }, {}],
    ['beside what is excluded', { excluded: [dns('imap.example.org'), dns('ample.org')] }, {}],
    ['a wildcard inside', { permitted: [dns('example.org')] }, { names: ['mail.example.org', '*.example.org'] }],
    ['another form is limited', { permitted: [{ ip: '192.0.2.0/24' }] }, {}],
    ['not critical', { permitted: [dns('example.org')], critical: false }, {}],
    ['an address inside', { permitted: [{ ip: '192.0.2.0/24' }] }, { ips: ['192.0.2.77'] }],
    ['an address outside the excluded', { excluded: [{ ip: '192.0.2.0/25' }] }, { ips: ['192.0.2.200'] }],
    ['an IPv6 address inside', { permitted: [{ ip: '2001:db8::/32' }] }, { ips: ['2001:db8::7'] }],
    ['a mailbox', { permitted: [{ email: 'a@example.org' }] }, { otherNames: [{ email: 'a@example.org' }] }],
    ['a mail host', { permitted: [{ email: 'example.org' }] }, { otherNames: [{ email: 'a@EXAMPLE.org' }] }],
    ['a mail domain', { permitted: [{ email: '.example.org' }] }, { otherNames: [{ email: 'a@x.example.org' }] }],
    ['what is inside of a domain', { permitted: [dns('.example.org')] }, {}],
    ['the domain itself, where what is inside is excluded', { excluded: [dns('.mail.example.org')] }, {}],
    [
      'a web host',
      { permitted: [{ uri: 'example.org' }] },
      { otherNames: [{ uri: 'https://EXAMPLE.org:8443/x?y#z' }] },
    ],
    ['a web domain', { permitted: [{ uri: '.example.org' }] }, { otherNames: [{ uri: 'imap://u@a.example.org' }] }],
    [
      'beside a web address that is excluded',
      { excluded: [{ uri: 'a.example' }] },
      { otherNames: [{ uri: 'https://b.example' }] },
    ],
    ['a subject beside the excluded one', { excluded: [{ directory: 'mail' }] }, { cn: 'Postern' }],
    ['the subject', { permitted: [{ directory: 'mail' }] }, { cn: 'Mail' }],
  ])('%s', (_, constraints, leaf) => {
    expect(stands(constraints, leaf)).toBe(true);
  });
});

describe('names that are not allowed', () => {
  const other = {
    oid: '2.5.29.17',
    value: der(
      0x30,
      der(0x82, Buffer.from('mail.example.org')),
      der(0xa0, der(0x06, Buffer.from([42, 3])), der(0xa0, der(0x05))),
    ),
  };
  test.each<[string, Constraints, CertificateOptions]>([
    ['another domain', { permitted: [dns('example.com')] }, {}],
    ['a domain that merely ends alike', { permitted: [dns('ample.org')] }, {}],
    ['the host below', { permitted: [dns('a.mail.example.org')] }, {}],
    ['excluded itself', { excluded: [dns('mail.example.org')] }, {}],
    ['excluded above', { excluded: [dns('example.org')] }, {}],
    ['permitted and excluded', { permitted: [dns('example.org')], excluded: [dns('mail.example.org')] }, {}],
    ['one name of two', { permitted: [dns('mail.example.org')] }, { names: ['mail.example.org', 'evil.example'] }],
    [
      'a wildcard that covers what is excluded',
      { excluded: [dns('x.example.org')] },
      { names: ['mail.example.org', '*.example.org'] },
    ],
    [
      'a wildcard wider than permitted',
      { permitted: [dns('mail.example.org')] },
      { names: ['mail.example.org', '*.example.org'] },
    ],
    ['a broken name under a limit', { permitted: [dns('')] }, { names: ['mail.example.org', 'a b'] }],
    ['an address outside', { permitted: [{ ip: '192.0.2.0/24' }] }, { ips: ['192.0.3.1'] }],
    ['an address excluded', { excluded: [{ ip: '192.0.2.0/24' }] }, { ips: ['192.0.2.1'] }],
    ['an address of the other family', { permitted: [{ ip: '192.0.2.0/24' }] }, { ips: ['2001:db8::1'] }],
    ['another mailbox', { permitted: [{ email: 'a@example.org' }] }, { otherNames: [{ email: 'A@example.org' }] }],
    ['another mail host', { permitted: [{ email: 'example.org' }] }, { otherNames: [{ email: 'a@x.example.org' }] }],
    ['a mail domain itself', { permitted: [{ email: '.example.org' }] }, { otherNames: [{ email: 'a@example.org' }] }],
    ['another subject', { permitted: [{ directory: 'mail' }] }, { cn: 'Postern' }],
    [
      'an excluded subject, spelt with a thousand blanks',
      { excluded: [{ directory: 'the mail' }] },
      { cn: `the${' '.repeat(1_000)}mail` },
    ],
    [
      'an excluded subject, with a name beside it that takes long to compare',
      { excluded: [{ directory: 'mail' }] },
      { cn: `mail${'\u0301'.repeat(40)}` },
    ],
    ['an excluded subject', { excluded: [{ directory: 'mail' }] }, { cn: 'mail' }],
    ...(
      [
        ['example.org', 'https://a.example.org/'],
        ['.example.org', 'https://example.org/'],
        ['example.org', 'https://example.org.evil.example/'],
        ['example.org', 'https://example.org@evil.example/'],
        ['example.org', 'https://evil.example/@example.org'],
        ['example.org', 'mailto:a@example.org'],
        ['example.org', 'urn:example.org'],
        ['192.0.2.1', 'https://192.0.2.1/'],
        ['', 'https://example.org/'],
      ] as const
    ).map(([limit, uri]): [string, Constraints, CertificateOptions] => [
      `the web address ${uri} under the limit "${limit}"`,
      { permitted: [{ uri: limit }] },
      { otherNames: [{ uri }] },
    ]),
    [
      'a web address that is excluded',
      { excluded: [{ uri: '.example.org' }] },
      { otherNames: [{ uri: 'https://a.example.org' }] },
    ],
    [
      'an endless mail address',
      { permitted: [{ email: 'example.org' }] },
      { otherNames: [{ email: `${'a'.repeat(1_000)}@example.org` }] },
    ],
    ['a limit with a wildcard', { permitted: [dns('*.example.org')] }, {}],
    ['a limit to what is inside of the host', { permitted: [dns('.mail.example.org')] }, {}],
    ['what is inside, excluded', { excluded: [dns('.example.org')] }, {}],
    ['a limit with two leading dots', { permitted: [dns('..example.org')] }, {}],
    ['a limit that is no host', { excluded: [dns('a b')] }, {}],
  ])('%s', (_, constraints, leaf) => {
    expect(stands(constraints, leaf)).toBe(false);
  });

  test('a form that is not looked into, where it is limited', () => {
    const limit = der(0x30, der(0xa0, der(0x30, der(0xa0, der(0x06, Buffer.from([42, 3])), der(0xa0, der(0x05))))));
    const issuer = issue(authority, {
      ca: true,
      cn: 'Limited',
      extensions: [{ oid: '2.5.29.30', critical: true, value: limit }],
    });
    const leaf = (extensions: CertificateOptions['extensions']) =>
      issue(issuer, { cn: 'x', extensions: extensions ?? [] });
    expect(judged(leaf([other])).problems).toEqual(['unknown-issuer']);
    const plain = { ...other, value: der(0x30, der(0x82, Buffer.from('mail.example.org'))) };
    expect(judged(leaf([plain])).problems).toEqual([]);
  });

  test.each([
    ['empty', der(0x30)],
    ['with an empty list', der(0x30, der(0xa0))],
    ['with a mask that is none', der(0x30, der(0xa0, der(0x30, der(0x87, Buffer.from('c0000200ff00ff00', 'hex')))))],
    ['with half an address', der(0x30, der(0xa0, der(0x30, der(0x87, Buffer.from('c0000200', 'hex')))))],
    [
      'with a maximum',
      der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('example.org')), der(0x81, Buffer.from([1]))))),
    ],
  ])('a limit that is %s', (_, value) => {
    const issuer = issue(authority, {
      ca: true,
      cn: 'Limited',
      extensions: [{ oid: '2.5.29.30', critical: true, value }],
    });
    expect(judged(issue(issuer, { names: ['mail.example.org'] })).problems).toEqual(['unknown-issuer']);
  });
});

describe('limits hold', () => {
  const limit = { permitted: [dns('example.org')] };

  test('for everything below, and for the trusted root too', () => {
    const top = issue(authority, { ca: true, cn: 'Top', nameConstraints: limit });
    const inner = issue(top, { ca: true, cn: 'Inner' });
    expect(judged(issue(inner, { names: ['mail.example.com'] }), { server: 'mail.example.com' }).problems).toEqual([
      'unknown-issuer',
    ]);
    expect(judged(issue(inner, { names: ['mail.example.org'] })).problems).toEqual([]);
    const root = createAuthority({ nameConstraints: limit });
    const options = { trusted: [root], server: 'mail.example.com' };
    expect(judged(issue(root, { names: ['mail.example.com'] }), options).problems).toEqual(['unknown-issuer']);
  });

  test('and are narrowed below, never widened', () => {
    const top = issue(authority, { ca: true, cn: 'Top', nameConstraints: limit });
    const wide = { permitted: [dns('example.org'), dns('example.com')] };
    const inner = issue(top, { ca: true, cn: 'Inner', nameConstraints: wide });
    expect(judged(issue(inner, { names: ['a.example.com'] }), { server: 'a.example.com' }).problems).toEqual([
      'unknown-issuer',
    ]);
  });

  test('for issuers below, but for those in their own name', () => {
    const top = issue(authority, { ca: true, cn: 'Top', nameConstraints: limit });
    const named = issue(top, { ca: true, cn: 'Inner', names: ['evil.example'] });
    expect(judged(issue(named, { names: ['mail.example.org'] })).problems).toEqual(['unknown-issuer']);
    const renewed = issue(top, { ca: true, cn: 'Top', names: ['evil.example'] });
    expect(judged(issue(renewed, { names: ['mail.example.org'] })).problems).toEqual([]);
  });

  test('and a leaf may set none', () => {
    expect(judged(issue(authority, { names: ['mail.example.org'], nameConstraints: limit })).problems).toEqual([
      'wrong-usage',
    ]);
  });

  test('within bounds: what would take too many comparisons is refused', () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.example`);
    const issued = (limited: number, names: number) => {
      const permitted = [dns('mail.example.org'), ...numbered(limited).map(dns)];
      const issuer = issue(authority, { ca: true, cn: 'Limited', nameConstraints: { permitted } });
      return judged(issue(issuer, { names: ['mail.example.org', ...numbered(names)] })).problems;
    };
    expect(issued(200, 200)).toEqual([]);
    expect(issued(300, 300)).toEqual(['unknown-issuer']);
    expect(issued(limits.comparisons + 1, 0)).toEqual(['unknown-issuer']);
  });
});
