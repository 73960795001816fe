import { describe, expect, test } from 'vitest';
import { listUrls } from '../../../proxy/trust/revocation/distribution-points.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { createAuthority, der, issue } from '../../support/pki.ts';

const authority = createAuthority({ cn: 'Root' });
const uri = (text: string) => der(0x86, Buffer.from(text, 'latin1'));
const fullName = (...names: Buffer[]) => der(0xa0, der(0xa0, ...names));
const point = (...fields: Buffer[]) => der(0x30, ...fields);

/** The addresses in a certificate with this extension. */
function urls(...points: Buffer[]): string[] {
  const value = der(0x30, ...points);
  return listUrls(readCertificate(issue(authority, { cn: 'x', extensions: [{ oid: '2.5.29.31', value }] }).der));
}

/** A name with only a common name, as a GeneralName. */
function directory(cn: string): Buffer {
  const attribute = der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(cn)));
  return der(0xa4, der(0x30, der(0x31, attribute)));
}

describe('addresses', () => {
  test('are taken in their order, each once', () => {
    const one = issue(authority, {
      cn: 'x',
      lists: ['http://a.test/1.crl', 'https://b.test/2', 'http://a.test/1.crl'],
    });
    expect(listUrls(readCertificate(one.der))).toEqual(['http://a.test/1.crl', 'https://b.test/2']);
  });

  test('of one point are all taken', () => {
    expect(urls(point(fullName(uri('http://a.test/1'), uri('http://a.test/2'))))).toEqual([
      'http://a.test/1',
      'http://a.test/2',
    ]);
  });

  test('are four at the most, and short', () => {
    const many = Array.from({ length: 9 }, (_, number) => point(fullName(uri(`http://a.test/${number}`))));
    expect(urls(...many)).toHaveLength(4);
    const long = (length: number) => `http://a.test/${'x'.repeat(length - 'http://a.test/'.length)}`;
    expect(urls(point(fullName(uri(long(1000)))))).toHaveLength(1);
    expect(urls(point(fullName(uri(long(1001)))))).toEqual([]);
  });

  test.each([
    ['ldap', 'ldap://a.test/cn=x'],
    ['a file', 'file:///etc/passwd'],
    ['no address at all', 'nonsense'],
    ['one without a host', 'http://'],
    ['one with a user and password', 'http://user:secret@a.test/x'],
  ])('that are %s are left out', (_, text) => {
    expect(urls(point(fullName(uri(text), uri('http://good.test/'))))).toEqual(['http://good.test/']);
  });

  test('of points for some reasons alone are left out', () => {
    expect(urls(point(fullName(uri('http://a.test/')), der(0x81, Buffer.from([1, 0x40]))))).toEqual([]);
  });

  test('of lists that somebody else signs are left out, and of lists that the issuer signs are not', () => {
    const signed = (cn: string) => urls(point(fullName(uri('http://a.test/')), der(0xa2, directory(cn))));
    expect(signed('Somebody else')).toEqual([]);
    expect(signed('Root')).toEqual(['http://a.test/']);
  });

  test('that are relative to the name of the issuer are left out', () => {
    const relative = der(0xa0, der(0xa1, Buffer.from('0603550403', 'hex')));
    expect(urls(point(relative), point(fullName(uri('http://a.test/'))))).toEqual(['http://a.test/']);
  });
});

describe('there are none', () => {
  test('without the extension', () => {
    expect(listUrls(readCertificate(issue(authority, { cn: 'x' }).der))).toEqual([]);
  });

  test('in one that cannot be read, wherever it is cut off; and that is a fault', () => {
    const whole = der(0x30, point(fullName(uri('http://a.test/')), der(0xa2, directory('Root'))));
    for (let length = 0; length < whole.length; length += 1) {
      const extension = { oid: '2.5.29.31', value: whole.subarray(0, length) };
      const certificate = readCertificate(issue(authority, { cn: 'x', extensions: [extension] }).der);
      expect(listUrls(certificate)).toEqual([]);
      expect(certificate.faults.join()).toContain('where the lists of revoked certificates are that cannot be read');
    }
  });
});
