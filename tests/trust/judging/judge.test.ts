import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../proxy/trust/judging/judge.ts';
import { createRoots } from '../../../proxy/trust/judging/roots.ts';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { rsaKey } from '../../support/odd-keys.ts';
import { createAuthority, der, type Identity, issue, selfSigned } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';
import { authority, judged } from '../support.ts';

const names = ['mail.example.org'];
const roots = createRoots(trusting([authority.certPem]));
const middle = issue(authority, { ca: true, cn: 'Middle' });
const past = new Date(Date.now() - 86_400_000);

describe('a certificate without a problem', () => {
  test.each<[string, Identity, string?]>([
    ['straight from the authority', issue(authority, { names })],
    ['through an intermediate', issue(middle, { names })],
    ['without a purpose', issue(authority, { names, eku: null })],
    ['with two purposes', issue(authority, { names, eku: ['clientAuth', 'serverAuth'] })],
    ['without key usage', issue(authority, { names, keyUsage: null })],
    ['without any identifier', issue(authority, { names, bare: true, eku: null })],
    ['with an RSA key', issue(authority, { names, key: 'rsa2048' })],
    ['with an Ed25519 key', issue(authority, { names, key: 'ed25519' })],
    ['for an address', issue(authority, { ips: ['192.0.2.1'], cn: 'x' }), '192.0.2.1'],
    ['with a common name of another host', issue(authority, { names, cn: 'evil.example' })],
    ['without a subject', issue(authority, { names, cn: null })],
    ['with a P-521 key', issue(authority, { names, key: 'ec521' })],
    ['with the largest RSA key', issue(authority, { names, key: rsaKey({ bits: 8_192 }) })],
    ['for servers and anything', issue(authority, { names, eku: ['serverAuth', 'any'] })],
    [
      'whose RSA key is for key exchange alone',
      issue(authority, { names, key: 'rsa2048', keyUsage: ['keyEncipherment'] }),
    ],
    ['with the serial number zero', issue(authority, { names, serial: Buffer.from([0]) })],
    ['with a serial number of 64 bytes', issue(authority, { names, serial: Buffer.alloc(64, 1) })],
    ['that does not end before 2060', issue(authority, { names, notAfter: new Date('2060-01-01') })],
  ])('%s', (_, identity, server = 'mail.example.org') => {
    expect(judged(identity, { server })).toMatchObject({ problems: [], details: [] });
  });

  test('that signed itself and is trusted as it is', () => {
    const own = selfSigned({ names });
    expect(judged(own, { trusted: [own] }).problems).toEqual([]);
    const authorityToo = selfSigned({ names, ca: true });
    expect(judged(authorityToo, { trusted: [authorityToo] }).problems).toEqual([]);
  });

  test('that an authority signed and that is trusted as it is', () => {
    const leaf = issue(createAuthority(), { names });
    expect(judged(leaf, { trusted: [leaf] }).problems).toEqual([]);
  });
});

describe('every problem that applies is found', () => {
  test.each<[string, Identity, string[]]>([
    ['expired', issue(authority, { names, notAfter: past }), ['expired']],
    ['not yet valid', issue(authority, { names, notBefore: new Date(Date.now() + 60_000) }), ['not-yet-valid']],
    ['for another host', issue(authority, { names: ['imap.example.org'] }), ['name-mismatch']],
    ['with a common name alone', issue(authority, { cn: 'mail.example.org' }), ['name-mismatch']],
    ['signed by itself', selfSigned({ names }), ['self-signed']],
    ['signed by itself as an authority', selfSigned({ names, ca: true }), ['self-signed']],
    ['of a stranger', issue(createAuthority(), { names }), ['unknown-issuer']],
    [
      'of a stranger with the same name',
      issue(createAuthority({ cn: 'Trusted Test Root' }), { names }),
      ['unknown-issuer'],
    ],
    ['with a forged signature', issue(authority, { names, breakSignature: true }), ['unknown-issuer']],
    ['for clients', issue(authority, { names, eku: ['clientAuth'] }), ['wrong-usage']],
    ['for anything', issue(authority, { names, eku: ['any'] }), ['wrong-usage']],
    ['whose key may not sign', issue(authority, { names, keyUsage: ['keyEncipherment'] }), ['wrong-usage']],
    [
      'whose key may only agree',
      issue(authority, { names, key: 'rsa2048', keyUsage: ['keyAgreement'] }),
      ['wrong-usage'],
    ],
    [
      'of an authority',
      issue(authority, { names, ca: true, keyUsage: ['digitalSignature', 'keyCertSign'] }),
      ['wrong-usage'],
    ],
    [
      'with an unknown critical extension',
      issue(authority, { names, extensions: [{ oid: '1.2.3.4', critical: true, value: der(0x05) }] }),
      ['wrong-usage'],
    ],
    [
      'with the same extension twice',
      issue(authority, { names, extensions: [{ oid: '2.5.29.14', value: der(0x04, Buffer.from('x')) }] }),
      ['wrong-usage'],
    ],
    ['with a negative serial number', issue(authority, { names, serial: Buffer.from([0x80, 1]) }), ['wrong-usage']],
    ['without any name', issue(authority, { cn: null, names: [] }), ['name-mismatch', 'wrong-usage']],
    [
      'that does not say in a form that can be read where its list is',
      issue(authority, { names, extensions: [{ oid: '2.5.29.31', value: der(0x05) }] }),
      ['wrong-usage'],
    ],
    ['with an endless serial number', issue(authority, { names, serial: Buffer.alloc(65, 1) }), ['wrong-usage']],
    ['with a weak key', issue(authority, { names, key: 'rsa1024' }), ['weak-key']],
    ['with a weak curve', issue(authority, { names, key: 'ec224' }), ['weak-key']],
    ['with a DSA key', issue(authority, { names, key: 'dsa' }), ['weak-key']],
    ['with 2047 bits', issue(authority, { names, key: 'rsa2047' }), ['weak-key']],
    ['with a curve of its own', issue(authority, { names, key: 'ec-explicit' }), ['weak-key']],
    ['with an RSA key without end', issue(authority, { names, key: rsaKey({ bits: 8_200 }) }), ['wrong-usage']],
    ['signed with SHA-1', issue(authority, { names, hash: 'sha1' }), ['weak-signature']],
    ['signed with MD5', selfSigned({ names, key: 'rsa2048', hash: 'md5' }), ['self-signed', 'weak-signature']],
    [
      'wrong in every way',
      selfSigned({ names: ['evil.example'], eku: ['clientAuth'], key: 'rsa1024', hash: 'md5', notAfter: past }),
      ['expired', 'name-mismatch', 'self-signed', 'wrong-usage', 'weak-key', 'weak-signature'],
    ],
  ])('%s', (_, identity, problems) => {
    const judgement = judged(identity);
    expect(judgement.problems).toEqual(problems);
    expect(new Set(judgement.details.map(({ problem }) => problem))).toEqual(new Set(problems));
    for (const { text } of judgement.details) expect(text).toMatch(/^[A-Z].*[.)?]$/);
  });
});

describe('the sentences tell the facts', () => {
  test('of dates', () => {
    const day = 86_400_000;
    const now = Date.parse('2030-06-15T12:00:00Z');
    const old = issue(authority, { names, notBefore: new Date(now - 90 * day), notAfter: new Date(now - 2 * day) });
    const [detail] = judged(old, { now }).details;
    expect(detail?.text).toBe('The certificate expired 2 days ago (2030-06-13).');
  });

  test('of names', () => {
    const other = issue(authority, { names: ['imap.example.org', 'a.example', 'b.example'] });
    const text = 'The certificate is for imap.example.org and 2 other names, not for mail.example.org.';
    expect(judged(other).details).toEqual([{ problem: 'name-mismatch', text }]);
  });
});

describe('a hostile presentation', () => {
  test('that cannot be read is a fault and never a crash', () => {
    const good = issue(middle, { names });
    const whole = good.der;
    const attempt = (leaf: Uint8Array) => {
      try {
        return judge({ chain: [leaf, middle.der], server: 'mail.example.org', staple: leaf, now: Date.now() }, roots)
          .problems.length;
      } catch (error) {
        if (!(error instanceof DerFault)) throw error;
        return -1;
      }
    };
    expect(attempt(whole)).toBe(0);
    for (let length = 0; length < whole.length; length += 7) expect(attempt(whole.subarray(0, length))).toBe(-1);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(whole);
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
        // Every byte is either signed or part of the signature: a change is a problem, or makes it unreadable.
        expect(attempt(changed)).not.toBe(0);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(attempt(bytes)).toBe(-1);
      }),
    );
  });

  test('without any certificate is a fault', () => {
    const nobody = { chain: [], server: 'x', staple: null, now: 0 };
    expect(() => judge(nobody, roots)).toThrow(DerFault);
  });

  test('with junk beside the certificate loses nothing', () => {
    const good = issue(middle, { names });
    const chain = [good.der, Buffer.from('junk'), Buffer.alloc(0), middle.der];
    const presentation = { chain, server: 'mail.example.org', staple: null, now: Date.now() };
    expect(judge(presentation, roots).problems).toEqual([]);
  });

  test('of a hundred links is judged, and shown in part', () => {
    let top = createAuthority();
    const chain: Identity[] = [];
    for (let link = 0; link < 100; link += 1) {
      top = issue(top, { ca: true, cn: `Link ${link}` });
      chain.unshift(top);
    }
    const judgement = judged(issue(top, { names }), { presented: chain });
    expect(judgement.problems).toEqual(['unknown-issuer']);
    expect(judgement.chain).toHaveLength(10);
  });

  test('with ten thousand names is shown in part, and the right name is found among them', () => {
    const many = Array.from({ length: 10_000 }, (_, number) => `n${number}.example`);
    const judgement = judged(issue(authority, { names: [...many, 'mail.example.org'] }));
    expect(judgement.problems).toEqual([]);
    expect(judgement.certificate.names).toHaveLength(100);
    expect(judgement.certificate.namesOmitted).toBe(9_901);
  });

  test('of more certificates than are looked at is told so, unless what counts is among the first', () => {
    const others = Array.from({ length: limits.presented - 1 }, (_, n) => createAuthority({ cn: `Other ${n}` }));
    const leaf = issue(middle, { names });
    expect(judged(leaf, { presented: [...others, middle] }).problems).toEqual([]);
    expect(judged(leaf, { presented: [middle, ...others, authority, authority] }).problems).toEqual([]);
    const [first = authority] = others;
    const { problems, details } = judged(leaf, { presented: [...others, first, middle] });
    expect(problems).toEqual(['unknown-issuer']);
    expect(details.map(({ text }) => text)).toContain(
      `The server presents ${limits.presented + 1} certificates beside its own, and Postern looks at ${limits.presented} of them: what vouches for it may be among the others.`,
    );
  });

  test('of more bytes than a handshake may send is told so, unless what counts is among the first', () => {
    const bulky = (kilobytes: number) =>
      createAuthority({ extensions: [{ oid: '1.2.3.4', value: der(0x04, Buffer.alloc(kilobytes * 1024)) }] });
    const leaf = issue(middle, { names });
    expect(judged(leaf, { presented: [bulky(250), middle] }).problems).toEqual([]);
    const { problems, details } = judged(leaf, { presented: [bulky(255), middle] });
    expect(problems).toEqual(['unknown-issuer']);
    expect(details.map(({ text }) => text).join()).toContain(
      'The server presents 2 certificates beside its own, and Postern',
    );
    expect(judged(issue(authority, { names }), { presented: [bulky(255), middle] }).problems).toEqual([]);
    const whole = issue(authority, {
      names,
      extensions: [{ oid: '1.2.3.4', value: der(0x04, Buffer.alloc(256 * 1024)) }],
    });
    expect(() => judged(whole)).toThrow(DerFault);
  });
});
