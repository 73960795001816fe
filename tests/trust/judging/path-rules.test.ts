import { describe, expect, test } from 'vitest';
import { type CertificateOptions, createAuthority, der, issue } from '../../support/pki.ts';
import { authority, judged } from '../support.ts';

const names = ['mail.example.org'];

/** The problems of a leaf below intermediates created with these options, nearest the root first. */
function below(...intermediates: CertificateOptions[]): string[] {
  let top = authority;
  intermediates.forEach((options, index) => {
    top = issue(top, { ca: true, cn: `Middle ${index}`, ...options });
  });
  return judged(issue(top, { names })).problems;
}

describe('an issuer may vouch for a server', () => {
  test.each<[string, CertificateOptions[]]>([
    ['as an authority', [{}]],
    ['without key usage', [{ keyUsage: null }]],
    ['for servers', [{ eku: ['serverAuth'] }]],
    ['for any purpose', [{ eku: ['any'] }]],
    ['as the last authority', [{ pathLength: 0 }]],
    ['with room for one more', [{ pathLength: 1 }, {}]],
    ['with room, and the next with more', [{ pathLength: 2 }, { pathLength: 5 }]],
  ])('%s', (_, intermediates) => {
    expect(below(...intermediates)).toEqual([]);
  });

  test('under a length that counts no certificate in its own name', () => {
    const top = issue(authority, { ca: true, cn: 'Same', pathLength: 0 });
    const renewed = issue(top, { ca: true, cn: 'Same' });
    expect(judged(issue(renewed, { names })).problems).toEqual([]);
  });
});

describe('an issuer may not vouch for a server', () => {
  const unknown = { oid: '1.2.3.4', critical: true, value: der(0x05) };
  test.each<[string, CertificateOptions[]]>([
    ['that is no authority', [{ ca: false }]],
    ['that does not say what it is', [{ bare: true, keyUsage: ['keyCertSign'] }]],
    ['whose key may not sign certificates', [{ keyUsage: ['digitalSignature', 'cRLSign'] }]],
    ['for mail alone', [{ eku: ['emailProtection'] }]],
    ['with no room for another', [{ pathLength: 0 }, {}]],
    ['with room for one of two', [{ pathLength: 1 }, {}, {}]],
    ['with a critical extension that is not known', [{ extensions: [unknown] }]],
    [
      'with an extension that cannot be read',
      [{ extensions: [{ oid: '2.5.29.30', critical: true, value: der(0x05) }] }],
    ],
  ])('%s', (_, intermediates) => {
    expect(below(...intermediates)).toEqual(['unknown-issuer']);
  });

  test('even as the trusted root', () => {
    for (const options of [{ ca: false }, { extensions: [unknown] }, { keyUsage: ['cRLSign' as const] }]) {
      const root = createAuthority(options);
      expect(judged(issue(root, { names }), { trusted: [root] }).problems).toEqual(['unknown-issuer']);
    }
  });

  test('without a name, of which nobody can be sure then', () => {
    expect(below({ cn: null })).toEqual(['unknown-issuer', 'wrong-usage']);
  });

  test('and the sentence says which and why', () => {
    const middle = issue(authority, { ca: false, cn: 'Pretender' });
    expect(judged(issue(middle, { names })).details).toEqual([
      {
        problem: 'unknown-issuer',
        text: 'The issuer "CN=Pretender" may not vouch for this server: it is not a certificate authority.',
      },
      {
        problem: 'unknown-issuer',
        text: 'The issuer "CN=Pretender" may not vouch for this server: it is not allowed to sign certificates.',
      },
    ]);
  });
});

describe('dates of issuers count like those of the server', () => {
  test.each<[string, CertificateOptions, string[]]>([
    ['expired', { notAfter: new Date(Date.now() - 5_000) }, ['expired']],
    ['not yet valid', { notBefore: new Date(Date.now() + 60_000) }, ['not-yet-valid']],
  ])('%s', (_, options, problems) => {
    expect(below(options)).toEqual(problems);
    const root = createAuthority(options);
    expect(judged(issue(root, { names }), { trusted: [root] }).problems).toEqual(problems);
  });
});

describe('keys and signatures of issuers count too', () => {
  test('a weak key', () => {
    expect(below({ key: 'rsa1024' })).toEqual(['weak-key']);
    const root = createAuthority({ key: 'rsa1024' });
    expect(judged(issue(root, { names }), { trusted: [root] }).problems).toEqual(['weak-key']);
  });

  test('a weak signature, but on the trusted root itself', () => {
    expect(below({ hash: 'sha1' })).toEqual(['weak-signature']);
    const root = createAuthority({ hash: 'sha1' });
    expect(judged(issue(root, { names }), { trusted: [root] }).problems).toEqual([]);
  });
});

describe('a root that was chosen is a name and a key', () => {
  test('of version 1', () => {
    const root = createAuthority({ cn: 'Old Company Root', version: 1 });
    expect(judged(issue(root, { names }), { trusted: [root] }).problems).toEqual([]);
    expect(judged(issue(root, { names }), { trusted: [root], asPublic: true }).problems).toEqual(['unknown-issuer']);
  });

  test('and an intermediate of version 1 is no authority', () => {
    const old = issue(authority, { cn: 'Old Middle', version: 1 });
    expect(judged(issue(old, { names })).problems).toEqual(['unknown-issuer']);
  });

  test('with a serial number that is none', () => {
    const middle = issue(authority, { ca: true, cn: 'Middle', serial: Buffer.from([0]) });
    expect(judged(issue(middle, { names })).problems).toEqual([]);
  });
});
