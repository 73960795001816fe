import { describe, expect, test } from 'vitest';
import { findPath } from '../../../proxy/trust/judging/path.ts';
import { createRoots } from '../../../proxy/trust/judging/roots.ts';
import { type Certificate, readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { rsaKey } from '../../support/odd-keys.ts';
import { type CertificateOptions, createAuthority, type Identity, issue, keyPair } from '../../support/pki.ts';
import { trusting } from '../../support/roots.ts';
import { authority, judged } from '../support.ts';

const names = ['mail.example.org'];
const past = new Date(Date.now() - 86_400_000);

describe('a path is found', () => {
  const outer = issue(authority, { ca: true, cn: 'Outer' });
  const inner = issue(outer, { ca: true, cn: 'Inner' });
  const leaf = issue(inner, { names });

  test.each<[string, Identity[]]>([
    ['in order', [inner, outer]],
    ['in another order', [outer, inner]],
    ['with the root', [inner, outer, authority]],
    ['with certificates that do not belong', [createAuthority(), outer, createAuthority(), inner]],
    ['with each certificate twice', [inner, inner, outer, outer, leaf]],
  ])('in what is presented %s', (_, presented) => {
    expect(judged(leaf, { presented }).problems).toEqual([]);
  });

  test('to an intermediate that is itself trusted', () => {
    expect(judged(leaf, { presented: [], trusted: [inner] }).problems).toEqual([]);
  });

  test('not without an intermediate', () => {
    expect(judged(leaf, { presented: [inner] }).problems).toEqual(['unknown-issuer']);
    expect(judged(leaf, { presented: [outer] }).problems).toEqual(['unknown-issuer']);
  });
});

describe('of several paths the one without problems wins', () => {
  const keys = keyPair();
  const middle = { ca: true, cn: 'Middle', key: keys } as const;
  const elsewhere = createAuthority({ cn: 'Elsewhere' });

  test.each<[string, Identity]>([
    ['has expired', issue(authority, { ...middle, notAfter: past })],
    ['is signed with SHA-1', issue(authority, { ...middle, hash: 'sha1' })],
    ['comes from a stranger', issue(elsewhere, middle)],
    ['allows other names only', issue(authority, { ...middle, nameConstraints: { permitted: [{ dns: 'a.test' }] } })],
    ['is for other purposes', issue(authority, { ...middle, eku: ['emailProtection'] })],
    ['is forged', issue(authority, { ...middle, breakSignature: true })],
  ])('where the other one %s, in whatever order', (_, bad) => {
    const good = issue(authority, middle);
    const leaf = issue(good, { names });
    expect(judged(leaf, { presented: [bad, good] }).problems).toEqual([]);
    expect(judged(leaf, { presented: [good, bad] }).problems).toEqual([]);
    expect(judged(leaf, { presented: [bad] }).problems).not.toEqual([]);
  });

  test('across two roots, of which the older has expired', () => {
    const rootKeys = keyPair();
    const newRoot = createAuthority({ cn: 'New Root', key: rootKeys });
    const oldRoot = createAuthority({ cn: 'Old Root', notAfter: past });
    const cross = issue(oldRoot, { ca: true, cn: 'New Root', key: rootKeys });
    const leaf = issue(newRoot, { names });
    expect(judged(leaf, { presented: [cross], trusted: [oldRoot, newRoot] }).problems).toEqual([]);
    expect(judged(leaf, { presented: [cross], trusted: [oldRoot] }).problems).toEqual(['expired']);
  });
});

test('the problems are those of the best path where all have some', () => {
  const keys = keyPair();
  const options = { ca: true, cn: 'Middle', key: keys } as const;
  const expired = issue(authority, { ...options, notAfter: past });
  const worse = issue(authority, { ...options, notAfter: past, eku: ['clientAuth'], pathLength: 0 });
  const leaf = issue(expired, { names });
  expect(judged(leaf, { presented: [worse, expired] }).problems).toEqual(['expired']);
});

test('two authorities that vouch for each other lead nowhere, and soon', () => {
  const a = createAuthority({ cn: 'A' });
  const b = createAuthority({ cn: 'B' });
  const ab = issue(b, { ca: true, cn: 'A', key: a.keys });
  const ba = issue(a, { ca: true, cn: 'B', key: b.keys });
  expect(judged(issue(a, { names }), { presented: [ab, ba, a, b] }).problems).toEqual(['unknown-issuer']);
});

test('a path of ten certificates is followed, and one of eleven is not', () => {
  const chainOf = (intermediates: number) => {
    let top = authority;
    for (let link = 0; link < intermediates; link += 1) top = issue(top, { ca: true, cn: `Link ${link}` });
    return judged(issue(top, { names })).problems;
  };
  expect(chainOf(8)).toEqual([]);
  expect(chainOf(9)).toEqual(['unknown-issuer']);
});

test('the number of signatures that a presentation can cost is bounded', () => {
  const stranger = createAuthority({ cn: 'Many' });
  const leaf = readCertificate(issue(stranger, { names }).der);
  let checks = 0;
  const counting: Certificate = {
    ...leaf,
    isSignedBy() {
      checks += 1;
      return false;
    },
    extensions: { ...leaf.extensions, authorityKeyIdentifier: null },
  };
  const many = Array.from({ length: 500 }, () => readCertificate(createAuthority({ cn: 'Many' }).der));
  const roots = createRoots(trusting([]));
  expect(findPath(counting, many, roots, Date.now() / 1000).problems.map(({ problem }) => problem)).toEqual([
    'unknown-issuer',
  ]);
  expect(checks).toBe(limits.signatureUnits);
});

describe('a root that nobody here trusts', () => {
  test.each<[string, CertificateOptions]>([
    ['signed itself with SHA-1', { key: 'rsa2048', hash: 'sha1' }],
    ['signed itself with MD5', { key: 'rsa2048', hash: 'md5' }],
    ['has expired', { notAfter: past }],
    ['is of version 1', { version: 1 }],
    ['has a weak key', { key: 'rsa1024' }],
    ['allows other names', { nameConstraints: { permitted: [{ dns: 'a.test' }] } }],
  ])('92: and %s changes nothing when it is sent along', (_, options) => {
    const root = createAuthority({ cn: 'Company Root', ...options });
    const leaf = issue(root, { names });
    const without = judged(leaf, { presented: [] });
    expect(without.problems).toEqual(['unknown-issuer']);
    expect(judged(leaf, { presented: [root] }).problems).toEqual(without.problems);
    const middle = issue(root, { ca: true, cn: 'Middle' });
    const below = issue(middle, { names });
    expect(judged(below, { presented: [middle, root] }).problems).toEqual(['unknown-issuer']);
  });

  test('honest: 92: what it signed with SHA-1 is judged all the same', () => {
    const root = createAuthority({ cn: 'Company Root', key: 'rsa2048' });
    const middle = issue(root, { ca: true, cn: 'Middle', hash: 'sha1' });
    const leaf = issue(middle, { names });
    expect(judged(leaf, { presented: [middle, root] }).problems).toEqual(['unknown-issuer', 'weak-signature']);
    const direct = issue(root, { names, hash: 'sha1' });
    expect(judged(direct, { presented: [root] }).problems).toEqual(['unknown-issuer', 'weak-signature']);
  });
});

test('no key with a curve or an exponent of its own vouches for anybody', () => {
  const explicit = createAuthority({ cn: 'Own Curve', key: 'ec-explicit' });
  const leaf = issue(explicit, { names });
  expect(judged(leaf, { trusted: [explicit] }).problems).toEqual(['unknown-issuer']);
  const endless = issue(authority, { ca: true, cn: 'Endless', key: rsaKey({ exponent: 2n ** 2040n + 1n }) });
  expect(judged(issue(endless, { names })).problems).toEqual(['unknown-issuer']);
});
