import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bunProgram } from '../support/bun.ts';
import { scratchDirectory } from '../support/clean-up.ts';
import { rsaKey } from '../support/odd-keys.ts';
import { type CertificateOptions, createAuthority, type Identity, issue } from '../support/pki.ts';
import { limboCases } from './limbo.ts';
import { authority, derOf } from './support.ts';
import type { StoredPresentation, Verdicts } from './verdicts.ts';

// The judge on OpenSSL and on BoringSSL, which the tray app uses: the same verdicts in the same words.

const script = fileURLToPath(new URL('./verdicts.ts', import.meta.url));
const names = ['mail.example.org'];

const limbo = limboCases().map(
  (one): StoredPresentation => ({
    id: one.id,
    chain: [one.peer_certificate, ...one.untrusted_intermediates].map((text) => derOf(text).toString('base64')),
    server: one.expected_peer_name?.value ?? 'nobody.invalid',
    now: one.validation_time === null ? Date.now() : Date.parse(one.validation_time),
    trusted: one.trusted_certs,
    asPublic: true,
  }),
);

const own = (id: string, leaf: Identity, asPublic = false): StoredPresentation => ({
  id,
  chain: [leaf, ...leaf.issuers.slice(0, -1)].map(({ der }) => der.toString('base64')),
  server: 'mail.example.org',
  now: Date.now(),
  trusted: [(leaf.issuers.at(-1) ?? leaf).certPem],
  asPublic,
});
const keyed = (key: NonNullable<CertificateOptions['key']>, more: CertificateOptions = {}) =>
  issue(authority, { names, key, ...more });
const below = (key: NonNullable<CertificateOptions['key']>) => issue(createAuthority({ key }), { names });
const brainpool = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' });

const accepted = [
  own('P-521', keyed('ec521')),
  own('P-521 as authority', below('ec521')),
  own('P-384 as authority', below('ec384')),
  own('Ed25519 as authority', below('ed25519')),
  own('RSA, 4096 bits, as authority', below('rsa4096')),
  own('RSA for key exchange alone', keyed('rsa2048', { keyUsage: ['keyEncipherment'] })),
  own('RSA of 8192 bits', keyed(rsaKey({ bits: 8_192 }))),
  own('RSA with an exponent of 33 bits', keyed(rsaKey({ exponent: 2n ** 33n - 1n }))),
];
const refused = [
  own('a curve of its own', keyed('ec-explicit')),
  own('a curve of its own as authority', below('ec-explicit')),
  own('RSA of 8200 bits', keyed(rsaKey({ bits: 8_200 }))),
  own('RSA with an exponent of 34 bits', keyed(rsaKey({ exponent: 2n ** 33n + 1n }))),
  own('RSA, 1024 bits', keyed('rsa1024')),
  own('RSA for key exchange alone, of a public authority', keyed('rsa2048', { keyUsage: ['keyEncipherment'] }), true),
  own('SHA-1', issue(createAuthority({ key: 'rsa2048' }), { names, hash: 'sha1' })),
  own('a signature that is forged', issue(authority, { names, breakSignature: true })),
];
/** Where the libraries differ, so do the verdicts: BoringSSL does not know these keys, and the message says so. */
const differing = [
  own('a curve of Brainpool', keyed(brainpool)),
  own('a curve of Brainpool as authority', below(brainpool)),
  own('a key for RSA-PSS alone', keyed('rsa-pss')),
  own('a key for RSA-PSS alone as authority', below('rsa-pss')),
];
/** Refused by both, in different words: a weak key that BoringSSL cannot read says nothing about signatures. */
const otherWords = ['webpki::forbidden-dsa-root', 'webpki::forbidden-p192-root', 'webpki::forbidden-p192-leaf'];

const all = [...limbo, ...accepted, ...refused, ...differing];
const file = join(scratchDirectory('boringssl'), 'presentations.json');
writeFileSync(file, JSON.stringify(all));
const run = (program: string): Verdicts =>
  JSON.parse(execFileSync(program, [script, file], { encoding: 'utf8', maxBuffer: 1 << 26 }));
const openssl = run(process.execPath);
const boring = run(bunProgram());

test('one of them is OpenSSL, the other BoringSSL', () => {
  expect(openssl.boringssl).toBeUndefined();
  expect(boring.boringssl).toMatch(/\w/);
  expect(Object.keys(boring.found)).toHaveLength(all.length);
});

describe('94: the verdict is the same, in the same words', () => {
  test.each(limbo.filter(({ id }) => !otherWords.includes(id)).map(({ id }) => [id]))('of %s', (id) => {
    expect(boring.found[id]).toEqual(openssl.found[id]);
  });

  test.each(refused.map(({ id }) => [id]))('94: refused: %s', (id) => {
    expect(openssl.found[id]).not.toEqual([]);
    expect(boring.found[id]).toEqual(openssl.found[id]);
  });

  test.each(accepted.map(({ id }) => [id]))('honest: 94: accepted: %s', (id) => {
    expect(openssl.found[id]).toEqual([]);
    expect(boring.found[id]).toEqual([]);
  });
});

describe('where they differ', () => {
  test.each(otherWords.map((id) => [id]))('both refuse: %s', (id) => {
    expect(openssl.found[id]).not.toEqual([]);
    expect(boring.found[id]).not.toEqual([]);
    expect(boring.found[id]).not.toEqual(openssl.found[id]);
  });

  test.each(differing.map(({ id }) => [id]))('BoringSSL refuses, and the words name the key: %s', (id) => {
    expect(openssl.found[id]).toEqual([]);
    expect(boring.found[id]?.join()).toMatch(
      /a key that cannot be (?:read|used) here \((?:EC brainpoolP256r1|RSA-PSS 2048)\)/,
    );
  });
});
