import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { rsaKey } from '../../support/odd-keys.ts';
import { type CertificateOptions, createAuthority, issue, keyPair } from '../../support/pki.ts';
import { authority, judged } from '../support.ts';

// The cost of one hostile presentation, in operations: how long each takes depends on the machine.

const names = ['mail.example.org'];
afterEach(() => {
  vi.restoreAllMocks();
});

/** How many characters are normalised while this runs. */
function normalised(act: () => void): number {
  const spy = vi.spyOn(String.prototype, 'normalize');
  act();
  const count = spy.mock.contexts.reduce((sum: number, text) => sum + String(text).length, 0);
  spy.mockRestore();
  return count;
}

describe('59: names without end', () => {
  const marks = '\u0301\u0323'.repeat(24_000);

  test.each<[string, CertificateOptions]>([
    ['in the common name', { cn: marks }],
    ['in another attribute', { cn: 'x', attributes: [['2.5.4.10', marks]] }],
    ['in an alternative name', { otherNames: [{ directory: marks }] }],
  ])('of accents, %s, are not sorted', (_, options) => {
    const leaf = issue(authority, { names, ...options });
    expect(normalised(() => judged(leaf))).toBe(0);
  });

  test('of many short texts are bounded by their number', () => {
    const attributes = Array.from({ length: limits.nameAttributes - 1 }, (): [string, string] => [
      '2.5.4.10',
      'é'.repeat(limits.comparedText),
    ]);
    const leaf = issue(authority, { names, attributes });
    const count = normalised(() => judged(leaf));
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(limits.nameAttributes * limits.comparedText);
  });

  test('honest: 59: of an ordinary certificate are compared as ever', () => {
    const root = createAuthority({ cn: 'Größe', attributes: [['2.5.4.10', 'Example']] });
    const leaf = issue(root, { names });
    expect(judged(leaf, { trusted: [root] }).problems).toEqual([]);
    expect(normalised(() => judged(issue(root, { names }), { trusted: [root] }))).toBeGreaterThan(0);
  });
});

describe('59: signatures without end', () => {
  /** How many signatures are checked when this many issuers with one name, each with such a key, are presented. */
  function checked(count: number, key: () => NonNullable<CertificateOptions['key']>): number {
    const presented = Array.from({ length: count }, () =>
      issue(authority, { ca: true, cn: 'Many', bare: true, key: key() }),
    );
    const stranger = createAuthority({ cn: 'Many', bare: true });
    const leaf = issue(stranger, { names, bare: true });
    const spy = vi.spyOn(X509Certificate.prototype, 'verify');
    expect(judged(leaf, { presented }).problems).toEqual(['unknown-issuer']);
    return spy.mock.calls.length;
  }

  test('by keys with exponents as long as themselves are never checked', () => {
    let exponent = 2n ** 2040n + 1n;
    const next = () => {
      exponent += 2n;
      return rsaKey({ exponent });
    };
    expect(checked(30, next)).toBe(0);
  });

  test('by fast keys are bounded by their number', () => {
    expect(checked(limits.presented, () => 'ec')).toBe(limits.signatureUnits);
  });

  test('by slow keys are bounded by a third of it', () => {
    expect(checked(limits.presented, () => 'ec521')).toBe(limits.signatureUnits / 3);
  });
});

describe('59: names without number', () => {
  test('under constraints without number, on many paths, are compared so often and no more', () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.example.org`);
    const keys = keyPair();
    const presented = Array.from({ length: 30 }, (_, n) => {
      const permitted = [...numbered(150), 'x.example'].map((dns) => ({ dns }));
      return issue(authority, {
        ca: true,
        cn: 'Limited',
        key: keys,
        serial: Buffer.from([n + 1]),
        nameConstraints: { permitted },
      });
    });
    const [issuer = authority] = presented;
    const leaf = issue(issuer, { names: ['mail.example.org', ...numbered(100)] });
    const spy = vi.spyOn(String.prototype, 'endsWith');
    expect(judged(leaf, { presented }).problems).toEqual(['unknown-issuer']);
    expect(spy.mock.calls.length).toBeLessThanOrEqual(limits.comparisons);
  });

  test('that are addresses are not written out one by one', () => {
    const ips = Array.from({ length: 5_000 }, (_, n) => `2001:db8::${(n + 1).toString(16)}`);
    const leaf = issue(authority, { names, ips, cn: '2001:db8::7' });
    const spy = vi.spyOn(globalThis, 'URL');
    expect(judged(leaf, { asPublic: true }).problems).toEqual([]);
    expect(spy.mock.calls.length).toBeLessThanOrEqual(150);
  });
});
