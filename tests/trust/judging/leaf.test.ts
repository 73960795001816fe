import { describe, expect, test } from 'vitest';
import { judgeLeaf } from '../../../proxy/trust/judging/leaf.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { type CertificateOptions, issue, selfSigned } from '../../support/pki.ts';
import { authority } from '../support.ts';

const names = ['mail.example.org'];
const now = Math.floor(Date.now() / 1000);

function texts(options: CertificateOptions, host = 'mail.example.org', own = false): string[] {
  const identity = own ? selfSigned(options) : issue(authority, options);
  return judgeLeaf(readCertificate(identity.der), host, now, false).map(({ text }) => text);
}

describe('the names in the sentence', () => {
  test.each<[CertificateOptions, string]>([
    [{ names: ['a.example'] }, 'The certificate is for a.example, not for mail.example.org.'],
    [
      { names: ['a.example', 'b.example'] },
      'The certificate is for a.example and 1 other name, not for mail.example.org.',
    ],
    [{ names: [], ips: ['192.0.2.1'], cn: 'x' }, 'The certificate is for 192.0.2.1, not for mail.example.org.'],
    [
      { cn: 'mail.example.org' },
      'The certificate names no server at all, so it is not for mail.example.org. (A common name alone does not count.)',
    ],
  ])('%o', (options, text) => {
    expect(texts(options)).toEqual([text]);
  });

  test('are harmless', () => {
    expect(texts({ names: ['\x1b[2Ja\u0000b'] }).join()).toContain('for \ufffd[2Ja\ufffdb, not');
  });
});

describe('a certificate of a home-made server may be its own authority', () => {
  test('with the rights of one alone', () => {
    expect(texts({ names, ca: true }, undefined, true)).toEqual([]);
  });

  test('but not one that may neither sign certificates nor a handshake', () => {
    expect(texts({ names, ca: true, keyUsage: ['cRLSign'] }, undefined, true)).toHaveLength(1);
  });

  test('and what an authority issued may not be one', () => {
    expect(texts({ names, ca: true })).toHaveLength(2);
  });
});

test('every misuse is told by itself', () => {
  const options: CertificateOptions = {
    names,
    eku: ['clientAuth'],
    keyUsage: ['keyCertSign'],
    nameConstraints: { permitted: [{ dns: 'example.org' }] },
    extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }],
  };
  expect(texts(options)).toEqual(
    [
      'It has a restriction that Postern does not know.',
      'It was issued for other purposes.',
      'Its key may not be used to sign the handshake.',
      'It may sign certificates, and says that it is no authority.',
      'It limits names as only an authority may.',
    ].map((fault) => `The certificate may not be used for a server. ${fault}`),
  );
});
