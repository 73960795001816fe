import { describe, expect, test } from 'vitest';
import { judgeStaple } from '../../../proxy/trust/judging/staple.ts';
import { readCertificate } from '../../../proxy/trust/x509/certificate.ts';
import { limits } from '../../../proxy/trust/x509/limits.ts';
import { createAuthority, type Identity, issue, keyPair, type OcspOptions, ocspResponse } from '../../support/pki.ts';
import { authority, connect, failure, serve } from '../support.ts';

const names = ['mail.example.org'];
const plain = issue(authority, { names });
const demanding = issue(authority, { names, mustStaple: true });
const responder = issue(authority, { cn: 'Responder', eku: ['ocspSigning'] });
const hour = 3_600_000;
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds);

/** The result for a staple: `fine`, or the problems. */
function judged(leaf: Identity, staple: Uint8Array | null, issuer: Identity | null = authority) {
  const { problems: found } = judgeStaple(
    staple,
    readCertificate(leaf.der),
    issuer && readCertificate(issuer.der),
    Math.floor(Date.now() / 1000),
  );
  return found.length === 0 ? 'fine' : found.map(({ problem }) => problem).join();
}

describe('a proper staple', () => {
  test.each<[string, OcspOptions]>([
    ['by the issuer', {}],
    ['with SHA-256 for the names', { idHash: 'sha256' }],
    ['by a responder that the issuer certified', { responder }],
    ['without an end', { nextUpdate: null }],
  ])('%s is believed', (_, options) => {
    expect(judged(demanding, ocspResponse(authority, demanding, options))).toBe('fine');
    expect(judged(plain, ocspResponse(authority, plain, { ...options, status: 'revoked' }))).toBe('revoked');
  });

  test('that says "revoked" stays so when it is old', () => {
    const old = { status: 'revoked', thisUpdate: ago(60 * 24 * hour), nextUpdate: ago(30 * 24 * hour) } as const;
    expect(judged(plain, ocspResponse(authority, plain, old))).toBe('revoked');
  });
});

describe('a staple is read as far as anybody needs it', () => {
  test.each<[string, OcspOptions, OcspOptions]>([
    ['answers', { answers: limits.stapledAnswers }, { answers: limits.stapledAnswers + 1 }],
    [
      'certificates of those who sign',
      { responder, attached: limits.stapledCertificates },
      { responder, attached: limits.stapledCertificates + 1 },
    ],
  ])('up to a number of %s', (_, most, more) => {
    expect(judged(demanding, ocspResponse(authority, demanding, most))).toBe('fine');
    expect(judged(demanding, ocspResponse(authority, demanding, more))).toBe('revoked');
  });
});

const stranger = createAuthority({ cn: 'Stranger' });
const imposter = createAuthority({ cn: 'Trusted Test Root' });
const sibling = issue(authority, { names });
const useless: [string, (leaf: Identity, status: 'good' | 'revoked') => Uint8Array | null][] = [
  ['missing', () => null],
  ['empty', () => Buffer.alloc(0)],
  ['junk', () => Buffer.from('no staple at all')],
  ['an error', (leaf) => ocspResponse(authority, leaf, { errorStatus: 3 })],
  ['about another certificate', (_, status) => ocspResponse(authority, sibling, { status })],
  ['of another issuer', (leaf, status) => ocspResponse(stranger, leaf, { status })],
  ['of an issuer with the same name', (leaf, status) => ocspResponse(imposter, leaf, { status })],
  ['forged', (leaf, status) => ocspResponse(authority, leaf, { status, forgedWith: keyPair() })],
  [
    'by a responder without that purpose',
    (leaf, status) => ocspResponse(authority, leaf, { status, responder: issue(authority, { cn: 'x' }) }),
  ],
  [
    'by a responder of somebody else',
    (leaf, status) =>
      ocspResponse(authority, leaf, { status, responder: issue(imposter, { cn: 'x', eku: ['ocspSigning'] }) }),
  ],
  [
    'by a responder that has expired',
    (leaf, status) =>
      ocspResponse(authority, leaf, {
        status,
        responder: issue(authority, { cn: 'x', eku: ['ocspSigning'], notAfter: ago(hour) }),
      }),
  ],
  [
    'with a byte changed',
    (leaf, status) => {
      const staple = ocspResponse(authority, leaf, { status });
      staple.writeUInt8(staple.readUInt8(staple.length - 3) ^ 1, staple.length - 3);
      return staple;
    },
  ],
  ['from the future', (leaf, status) => ocspResponse(authority, leaf, { status, thisUpdate: ago(-2 * hour) })],
];

describe('a staple that is', () => {
  test.each(useless)('%s says nothing, and is not enough where one was promised', (_, make) => {
    expect(judged(plain, make(plain, 'good'))).toBe('fine');
    expect(judged(plain, make(plain, 'revoked'))).toBe('fine');
    expect(judged(demanding, make(demanding, 'good'))).toBe('revoked');
  });

  test.each<[string, OcspOptions]>([
    ['too old', { thisUpdate: ago(48 * hour), nextUpdate: ago(hour) }],
    ['older than a week, without an end', { thisUpdate: ago(8 * 24 * hour), nextUpdate: null }],
    ['undecided', { status: 'unknown' }],
  ])('%s proves nothing', (_, options) => {
    expect(judged(plain, ocspResponse(authority, plain, options))).toBe('fine');
    expect(judged(demanding, ocspResponse(authority, demanding, options))).toBe('revoked');
  });

  test('proper is not believed where the issuer was not found', () => {
    expect(judged(demanding, ocspResponse(authority, demanding), null)).toBe('revoked');
    expect(judged(plain, ocspResponse(authority, plain, { status: 'revoked' }), null)).toBe('fine');
  });

  test('cut off anywhere is never an error', () => {
    const whole = ocspResponse(authority, plain, { status: 'revoked', responder });
    for (let length = 0; length < whole.length; length += 1) {
      expect(judged(plain, whole.subarray(0, length))).toBe('fine');
    }
  });
});

describe('over the line', () => {
  const stapling = (leaf: Identity, staple: Buffer | null) =>
    serve(leaf, {}, (server) => server.on('OCSPRequest', (_certificate, _issuer, reply) => reply(null, staple)));

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a good staple keeps the promise over %s', async (maxVersion) => {
    const server = await serve(demanding, { maxVersion }, (made) =>
      made.on('OCSPRequest', (_certificate, _issuer, reply) => reply(null, ocspResponse(authority, demanding))),
    );
    expect((await connect(server)).protection.trust).toEqual({ kind: 'verified' });
  });

  test.each([
    ['revoked', plain, ocspResponse(authority, plain, { status: 'revoked' })],
    ['a promise broken', demanding, null],
    ['a promise kept with a forgery', demanding, ocspResponse(authority, demanding, { forgedWith: keyPair() })],
  ])('%s is refused for good', async (_, leaf, staple) => {
    const error = await failure(connect(await stapling(leaf, staple)));
    expect(error).toMatchObject({ name: 'Refused', reason: 'certificate-revoked' });
  });

  test('a forgery about a certificate without that promise changes nothing', async () => {
    const forged = ocspResponse(authority, plain, { status: 'revoked', forgedWith: keyPair() });
    expect((await connect(await stapling(plain, forged))).protection.trust).toEqual({ kind: 'verified' });
  });
});
