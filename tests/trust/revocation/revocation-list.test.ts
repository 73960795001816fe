import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readRevocationList,
  requireCurrent,
  requireIssuedBy,
  speaksFor,
  UnusableList,
} from '../../../proxy/trust/revocation/revocation-list.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { DerFault } from '../../../proxy/trust/x509/der.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { expectOfMangled } from '../../support/mangled.ts';
import {
  createAuthority,
  der,
  type Identity,
  issue,
  keyPair,
  type RevocationListOptions,
  revocationList,
} from '../../support/pki.ts';
import { day, from, hour, seconds } from './support.ts';

const authority = createAuthority({ cn: 'Root' });

/** Why a list of `signer` must not be used for what `issuer` issued; `fine` if it may be. */
async function checked(options: RevocationListOptions, signer: Identity = authority, issuer: Identity = authority) {
  try {
    const list = readRevocationList(revocationList(signer, options));
    requireCurrent(list, seconds());
    await requireIssuedBy(list, readCertificate(issuer.der));
    return 'fine';
  } catch (error) {
    if (error instanceof UnusableList) return error.message;
    throw error;
  }
}

describe('a list', () => {
  test('says whose it is, when it was made, and until when it holds', () => {
    const thisUpdate = new Date('2026-11-20T10:00:00Z');
    const nextUpdate = new Date('2026-11-27T10:00:00Z');
    const list = readRevocationList(revocationList(authority, { thisUpdate, nextUpdate, number: 7 }));
    expect(list).toMatchObject({ thisUpdate: seconds(thisUpdate), nextUpdate: seconds(nextUpdate), number: 7n });
    expect(list.issuer.key).toBe(readCertificate(authority.der).subject.key);
    expect(list.entries).toHaveLength(0);
  });

  test.each(['ec', 'ec384', 'ed25519', 'rsa2048', 'rsa-pss'] as const)('signed with %s is fine', async (key) => {
    const signer = createAuthority({ cn: 'Root', key });
    expect(await checked({ revoked: [{ serial: Buffer.from([5]) }] }, signer, signer)).toBe('fine');
  });

  test.each<[string, RevocationListOptions]>([
    ['of version 1', { number: null }],
    ['of version 2', { number: 1 }],
    ['with an extension that may be unknown', { extensions: [{ oid: '1.2.3.4', value: der(5) }] }],
    ['a moment ahead of our clock', { thisUpdate: from(hour / 15) }],
    ['a moment over, by our clock', { nextUpdate: from(-hour / 15) }],
  ])('%s is fine', async (_, options) => {
    expect(await checked(options)).toBe('fine');
  });

  test.each<[string, RevocationListOptions, string | null]>([
    ['with a number', {}, null],
    ['of version 1', { number: null }, 'does not have the number that lists have to have'],
    ['without a number', { number: null, scope: {} }, 'does not have the number that lists have to have'],
    [
      'with a critical number',
      { number: null, extensions: [{ ...number(1), critical: true }] },
      'has a number that is marked as critical',
    ],
  ])('%s proves that a certificate is good, or says why not', (_, options, flaw) => {
    expect(readRevocationList(revocationList(authority, options)).flaw).toBe(flaw);
  });

  test('with as many extensions as anybody needs is read, and with one more it is not', () => {
    const extensions = Array.from({ length: limits.extensions }, (_, n) => ({ oid: `1.2.3.${n}`, value: der(5) }));
    expect(readRevocationList(revocationList(authority, { number: null, extensions })).flaw).not.toBeNull();
    expect(() => readRevocationList(revocationList(authority, { number: 1, extensions }))).toThrow(DerFault);
  });

  test('of one place is read as far as anybody needs its addresses', () => {
    const scoped = (count: number) => {
      const scope = { urls: Array.from({ length: count }, (_, n) => `http://a.test/${n}`) };
      return revocationList(authority, { scope });
    };
    expect(readRevocationList(scoped(limits.entries)).scope.urls).toHaveLength(limits.entries);
    expect(() => readRevocationList(scoped(limits.entries + 1))).toThrow(DerFault);
  });

  test.each<[string, RevocationListOptions, string]>([
    ['without an end', { nextUpdate: null }, 'does not say until when it holds'],
    ['that is over', { thisUpdate: from(-8 * day), nextUpdate: from(-hour) }, 'is too old'],
    ['from the future', { thisUpdate: from(hour) }, 'is from the future'],
    ['that is forged', { forgedWith: keyPair() }, 'is not signed by its authority'],
    ['of changes only', { extensions: [delta()] }, 'holds only what has changed since another list'],
    ['that is indirect', { scope: { indirect: true } }, 'speaks for other authorities than its own'],
    ['for some reasons', { scope: { reasons: true } }, 'is for some reasons of revocation alone'],
    ['of attributes', { scope: { attributes: true } }, 'is not for certificates of servers or authorities'],
    [
      'for nothing',
      { scope: { leaves: true, authorities: true } },
      'is not for certificates of servers or authorities',
    ],
    [
      'with a critical extension that nobody knows',
      { extensions: [{ oid: '1.2.3.4', critical: true, value: der(5) }] },
      'has a restriction that Postern does not know',
    ],
    ['with an extension twice', { number: 1, extensions: [number(2)] }, 'has an extension twice'],
  ])('%s is not used', async (_, options, why) => {
    expect(await checked(options)).toBe(why);
  });

  test('of another authority is not used, and one by the same name and another key is not', async () => {
    const other = createAuthority({ cn: 'Other' });
    const imposter = createAuthority({ cn: 'Root' });
    expect(await checked({}, other)).toBe('comes from another authority');
    expect(await checked({}, imposter)).toBe('is not signed by its authority');
  });

  test('of an authority that may not sign lists is not used', async () => {
    const limited = createAuthority({ cn: 'Root', keyUsage: ['keyCertSign'] });
    expect(await checked({}, limited, limited)).toBe('comes from an authority that may not sign such lists');
    const silent = createAuthority({ cn: 'Root', keyUsage: null });
    expect(await checked({}, silent, silent)).toBe('fine');
  });

  test.each(['sha1', 'md5'] as const)('signed over %s is not used', async (hash) => {
    const signer = createAuthority({ cn: 'Root', key: 'rsa2048' });
    expect(await checked({ hash }, signer, signer)).toBe('has a signature that can be forged');
  });

  test('changed in any byte is not used', async () => {
    const whole = revocationList(authority, { number: 3, revoked: [{ serial: Buffer.from([1, 2, 3]), reason: 1 }] });
    const issuer = readCertificate(authority.der);
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      const outcome = async () => requireIssuedBy(readRevocationList(changed), issuer);
      await expect(outcome(), `byte ${at}`).rejects.toSatisfy(
        (error) => error instanceof UnusableList || error instanceof DerFault,
      );
    }
  });

  test('cut off anywhere is a fault', () => {
    const whole = revocationList(authority, { number: 3, scope: { leaves: true } });
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readRevocationList(whole.subarray(0, length))).toThrow(DerFault);
    }
  });
});

describe('a list speaks', () => {
  const leaf = readCertificate(issue(authority, { names: ['a.test'] }).der);
  const middle = readCertificate(issue(authority, { ca: true, cn: 'm' }).der);
  const named = ['http://a.test/1', 'http://b.test/1'];

  test.each<[string, RevocationListOptions['scope'], boolean, boolean]>([
    ['without a scope', undefined, true, true],
    ['of servers', { leaves: true }, true, false],
    ['of authorities', { authorities: true }, false, true],
    ['of a place that the certificate names', { urls: ['http://x.test/', 'http://b.test/1'] }, true, true],
    ['of another place', { urls: ['http://a.test/2'] }, false, false],
    ['of this place and servers', { urls: ['http://a.test/1'], leaves: true }, true, false],
  ])('%s for the right ones', (_, scope, forLeaf, forAuthority) => {
    const list = readRevocationList(revocationList(authority, scope ? { scope } : {}));
    expect(speaksFor(list.scope, leaf, named)).toBe(forLeaf);
    expect(speaksFor(list.scope, middle, named)).toBe(forAuthority);
  });
});

/** The extension that makes a list a delta list (RFC 5280 §5.2.4). */
function delta() {
  return { oid: '2.5.29.27', critical: true, value: der(0x02, Buffer.from([1])) };
}

function number(value: number) {
  return { oid: '2.5.29.20', value: der(0x02, Buffer.from([value])) };
}

test('any bytes, and a list with any byte of it changed, are read or said to be unusable', () => {
  const fine = revocationList(authority, {});
  const read = (bytes: Uint8Array) => {
    try {
      readRevocationList(Buffer.from(bytes));
    } catch (error) {
      if (!(error instanceof DerFault)) expect(error).toBeInstanceOf(UnusableList);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read));
  expectOfMangled(fine, read, 500);
});
