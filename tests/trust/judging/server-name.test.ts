import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, expectedName, isNamed } from '../../../proxy/trust/judging/server-name.ts';
import type { GeneralName } from '../../../proxy/trust/x509/general-names.ts';

function matches(host: string, ...names: (string | { ip: string } | { email: string } | { uri: string })[]): boolean {
  const entries = names.map((name): GeneralName => {
    if (typeof name === 'string') return { kind: 'dns', text: Buffer.from(name, 'utf8').toString('latin1') };
    if ('ip' in name) return { kind: 'ip', bytes: addressBytes(name.ip) };
    return 'email' in name ? { kind: 'email', text: name.email } : { kind: 'uri', text: name.uri };
  });
  const expected = expectedName(host);
  return expected !== null && isNamed(expected, entries);
}

describe('a name is accepted', () => {
  test.each<[string, ...Parameters<typeof matches>]>([
    ['as it is', 'mail.example.org', 'mail.example.org'],
    ['in another case', 'Mail.Example.ORG', 'mail.EXAMPLE.org'],
    ['with a trailing dot in the configuration', 'mail.example.org.', 'mail.example.org'],
    ['among others', 'mail.example.org', 'a.example', 'mail.example.org', 'b.example'],
    ['of one label', 'localhost', 'localhost'],
    ['under a wildcard', 'mail.example.org', '*.example.org'],
    ['under a deep wildcard', 'a.mail.example.org', '*.mail.example.org'],
    ['under a wildcard, internationalised', 'bücher.example.org', '*.example.org'],
    ['internationalised, as A-labels', 'bücher.example', 'xn--bcher-kva.example'],
    ['internationalised in another form', 'BU\u0308CHER.example', 'xn--bcher-kva.example'],
    ['of a company under a shared suffix', 'mail.firm.co.uk', '*.firm.co.uk'],
    ['of whoever rents out names under its own', 'mail.github.io', '*.github.io'],
    ['under a domain that no registry knows', 'mail.corp.internal', '*.corp.internal'],
    ['under an exception of a registry', 'mail.city.kawasaki.jp', '*.city.kawasaki.jp'],
    ['an IPv4 address', '192.0.2.1', { ip: '192.0.2.1' }],
    ['an IPv6 address in another form', '2001:DB8:0:0::1', { ip: '2001:db8::1' }],
    ['an IPv6 address that ends in an IPv4 one', '::ffff:192.0.2.1', { ip: '::ffff:c000:201' }],
  ])('%s', (_, host, ...names) => {
    expect(matches(host, ...names)).toBe(true);
  });
});

describe('a name is not accepted', () => {
  test.each<[string, ...Parameters<typeof matches>]>([
    ['of another host', 'mail.example.org', 'imap.example.org'],
    ['without any', 'mail.example.org'],
    ['of the domain above', 'mail.example.org', 'example.org'],
    ['of a domain below', 'example.org', 'mail.example.org'],
    ['with a partial wildcard in front', 'mail.example.org', 'ma*.example.org'],
    ['with a partial wildcard behind', 'mail.example.org', '*ail.example.org'],
    ['with a partial wildcard in an A-label', 'xn--bcher-kva.example.org', 'xn--*.example.org'],
    ['with a wildcard for two labels', 'a.b.example.org', '*.example.org'],
    ['with a wildcard for no label', 'example.org', '*.example.org'],
    ['with a wildcard in the middle', 'a.b.example.org', 'a.*.example.org'],
    ['with two wildcards', 'a.b.example.org', '*.*.example.org'],
    ['with a wildcard alone', 'localhost', '*'],
    ['with a wildcard and a dot', 'mail.example.org', '*.'],
    ['with a wildcard under a top-level domain', 'example.com', '*.com'],
    ['with a wildcard under a shared suffix', 'example.co.uk', '*.co.uk'],
    ['with a wildcard under one with an unusual word', 'example.asn.au', '*.asn.au'],
    ['with a wildcard under one of three labels', 'example.k12.ca.us', '*.k12.ca.us'],
    ['with a wildcard under one of a wildcard rule', 'example.foo.ck', '*.foo.ck'],
    ['with a wildcard under one in A-labels', 'example.xn--55qx5d.cn', '*.xn--55qx5d.cn'],
    ['with an empty label under a wildcard', '.example.org', '*.example.org'],
    ['with a NUL inside', 'mail.example.org', 'mail.example.org\0.evil.example'],
    ['with a NUL at the end', 'mail.example.org', 'mail.example.org\0'],
    ['with a trailing dot', 'mail.example.org', 'mail.example.org.'],
    ['with a leading dot', 'mail.example.org', '.example.org'],
    ['with a space', 'mail.example.org', ' mail.example.org'],
    ['with an underscore', 'foo_bar.example.org', 'foo_bar.example.org'],
    ['in U-labels', 'bücher.example', 'bücher.example'],
    ['of an address among the host names', '192.0.2.1', '192.0.2.1'],
    ['of an address under a wildcard', '192.0.2.1', '*.0.2.1'],
    ['of a host whose name looks like an address in part', '1.2.3.example', '*.2.3.4'],
    ['of a host among the addresses', 'mail.example.org', { ip: '192.0.2.1' }],
    ['of another address', '192.0.2.1', { ip: '192.0.2.2' }],
    ['of an IPv4 address mapped into IPv6', '192.0.2.1', { ip: '::ffff:192.0.2.1' }],
    ['in a mail address', 'mail.example.org', { email: 'mail.example.org' }],
    ['in a web address', 'mail.example.org', { uri: 'https://mail.example.org/' }],
    ['when the configuration has a wildcard', '*.example.org', '*.example.org'],
    ['when the configuration has none', '', ''],
    ['that is longer than a name can be', `${'a.'.repeat(127)}aa`, `${'a.'.repeat(127)}aa`],
  ])('%s', (_, host, ...names) => {
    expect(matches(host, ...names)).toBe(false);
  });
});

test('nothing but the exact bytes of an address is accepted', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV6(), (a, b) => {
      const same = addressBytes(a).equals(addressBytes(b));
      expect(matches(a, { ip: b })).toBe(same);
    }),
  );
  expect(addressBytes('::')).toEqual(Buffer.alloc(16));
  expect(addressBytes('1::').toString('hex')).toBe(`0001${'0'.repeat(28)}`);
  expect(addressBytes('::1').toString('hex')).toBe(`${'0'.repeat(31)}1`);
  expect(addressBytes('1:2:3:4:5:6:7:8').toString('hex')).toBe('00010002000300040005000600070008');
});

test('a wildcard never stands for more or less than one label', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,10}$/);
  fc.assert(
    fc.property(fc.array(label, { maxLength: 4 }), (labels) => {
      expect(matches([...labels, 'example', 'org'].join('.'), '*.example.org')).toBe(labels.length === 1);
    }),
  );
});
