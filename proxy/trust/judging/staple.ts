import { createHash, type KeyObject, verify } from 'node:crypto';
import type { ProblemDetail } from '../../contract/index.ts';
import { readHashAlgorithm, readSignatureAlgorithm } from '../x509/algorithms.ts';
import { type Certificate, readCertificate } from '../x509/certificate.ts';
import { DerFault, DerReader, type Element, readInteger, readOctets, readOid, readTime, tag } from '../x509/der.ts';
import { oid } from '../x509/extensions.ts';
import { limits } from '../x509/limits.ts';

/**
 * The OCSP response that a server staples to its handshake (RFC 6960, RFC 6066 §8). A properly signed response that
 * says "revoked" is final. One that is broken, old or about something else says nothing, unless the certificate
 * promised a good one (RFC 7633).
 */

/** What a response says about one certificate, or why it says nothing. */
type StapleVerdict =
  | { kind: 'good'; until: number }
  | { kind: 'revoked'; at: number | null }
  | { kind: 'nothing'; why: string };

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
/** The clocks of responders and computers differ a little. Seconds. */
const clockSkew = 300;

/**
 * @param staple DER of the OCSPResponse
 * @param issuer the certificate that issued the leaf, where one was found
 * @param at seconds since 1970
 * @returns what is wrong, and until when the response proves that nothing is
 */
export function judgeStaple(
  staple: Uint8Array | null,
  leaf: Certificate,
  issuer: Certificate | null,
  at: number,
): { problems: ProblemDetail[]; goodUntil: number | null } {
  const verdict = staple ? readStaple(staple, leaf, issuer, at) : ({ kind: 'nothing', why: 'it sent none' } as const);
  if (verdict.kind === 'revoked') {
    const when = verdict.at === null ? '' : ` on ${new Date(verdict.at * 1000).toISOString().slice(0, 10)}`;
    const text = `The authority that issued the certificate has revoked it${when}.`;
    return { problems: [{ problem: 'revoked', text }], goodUntil: null };
  }
  if (verdict.kind === 'good') return { problems: [], goodUntil: verdict.until };
  if (!leaf.extensions.mustStaple) return { problems: [], goodUntil: null };
  const text = `The certificate demands that the server prove that it has not been revoked, and the server did not: ${verdict.why}.`;
  return { problems: [{ problem: 'revoked', text }], goodUntil: null };
}

function readStaple(staple: Uint8Array, leaf: Certificate, issuer: Certificate | null, at: number): StapleVerdict {
  if (!issuer) return nothing('the issuer that could tell is not known');
  try {
    const response = readBasicResponse(Buffer.from(staple.buffer, staple.byteOffset, staple.byteLength));
    if (!response) return nothing('its proof is an error message');
    const single = response.singles.find((entry) => isAbout(entry, leaf, issuer));
    if (!single) return nothing('its proof is about another certificate');
    if (!isSignedFor(response, issuer, at)) return nothing('its proof is not signed by the issuer');
    if (single.thisUpdate > at + clockSkew) return nothing('its proof is from the future');
    // Without nextUpdate, newer information is always available (RFC 6960 §4.2.2.1): a week is as old as a response may
    // get.
    const until = single.nextUpdate ?? single.thisUpdate + 7 * 86_400;
    const old = until < at - clockSkew;
    if (single.status === 'revoked') return { kind: 'revoked', at: single.revokedAt };
    if (old) return nothing('its proof is too old');
    return single.status === 'good' ? { kind: 'good', until } : nothing('the issuer does not know the certificate');
  } catch (error) {
    if (error instanceof DerFault) return nothing('its proof cannot be read');
    throw error;
  }
}

function nothing(why: string): StapleVerdict {
  return { kind: 'nothing', why };
}

interface SingleResponse {
  hash: string | null;
  issuerNameHash: Buffer;
  issuerKeyHash: Buffer;
  serial: Buffer;
  status: 'good' | 'revoked' | 'unknown';
  revokedAt: number | null;
  thisUpdate: number;
  nextUpdate: number | null;
}

interface BasicResponse {
  signed: Buffer;
  algorithm: Buffer;
  signature: Buffer;
  singles: SingleResponse[];
  certificates: Buffer[];
}

/** @returns null for a response without a result (RFC 6960 §4.2.1: tryLater and the like). */
function readBasicResponse(der: Buffer): BasicResponse | null {
  const outer = DerReader.inside(der);
  const status = readInteger(outer.expect(tag.enumerated).content);
  const wrapped = outer.optional(tag.constructed(0));
  outer.end();
  if (status.readUInt8(0) !== 0 || !wrapped) return null;
  const typed = DerReader.inside(wrapped.content);
  if (readOid(typed.expect(tag.oid).content) !== basicResponse) return null;
  const basic = DerReader.inside(typed.expect(tag.octetString).content);
  typed.end();

  const data = basic.expect(tag.sequence);
  const algorithm = basic.expect(tag.sequence).whole;
  const signature = readOctets(basic.expect(tag.bitString).content);
  const attached = basic.optional(tag.constructed(0));
  basic.end();
  const fields = new DerReader(data.content);
  fields.optional(tag.constructed(0));
  fields.next();
  readTime(fields.expect(tag.generalizedTime));
  const singles = fields.enter().rest(limits.stapledAnswers).map(readSingle);
  const extensions = fields.optional(tag.constructed(1));
  fields.end();
  if (extensions) refuseCritical(extensions);
  const certificates = attached ? DerReader.inside(attached.content).rest(limits.stapledCertificates) : [];
  return { signed: data.whole, algorithm, signature, singles, certificates: certificates.map(({ whole }) => whole) };
}

function readSingle(element: Element): SingleResponse {
  const fields = DerReader.inside(element.whole);
  const id = fields.enter();
  const hash = readHashAlgorithm(id.expect(tag.sequence).whole);
  const issuerNameHash = id.expect(tag.octetString).content;
  const issuerKeyHash = id.expect(tag.octetString).content;
  const serial = readInteger(id.expect(tag.integer).content);
  id.end();
  const state = fields.next();
  const status = state.tag === tag.primitive(0) ? 'good' : state.tag === tag.constructed(1) ? 'revoked' : 'unknown';
  const revokedAt = status === 'revoked' ? readTime(new DerReader(state.content).expect(tag.generalizedTime)) : null;
  const thisUpdate = readTime(fields.expect(tag.generalizedTime));
  const next = fields.optional(tag.constructed(0));
  const nextUpdate = next ? readTime(new DerReader(next.content).expect(tag.generalizedTime)) : null;
  const extensions = fields.optional(tag.constructed(1));
  fields.end();
  if (extensions) refuseCritical(extensions);
  return { hash, issuerNameHash, issuerKeyHash, serial, status, revokedAt, thisUpdate, nextUpdate };
}

/** No extension of a response is processed here, so none may be critical (RFC 6960 §4.4). */
function refuseCritical(wrapped: Element): void {
  for (const extension of DerReader.inside(wrapped.content).rest(limits.extensions)) {
    const fields = DerReader.inside(extension.whole);
    fields.expect(tag.oid);
    if (fields.optional(tag.boolean)) throw new DerFault('it has a critical extension');
  }
}

/** RFC 6960 §4.1.1: hashes over the issuer's name and key, and the serial number. */
function isAbout(single: SingleResponse, leaf: Certificate, issuer: Certificate): boolean {
  const { hash, issuerNameHash, issuerKeyHash, serial } = single;
  if (!hash || !serial.equals(leaf.serial)) return false;
  const digest = (bytes: Buffer) => createHash(hash).update(bytes).digest();
  return digest(leaf.issuer.der).equals(issuerNameHash) && digest(issuer.keyBits).equals(issuerKeyHash);
}

/** RFC 6960 §4.2.2.2: signed by the issuer itself, or by a responder that the issuer certified for just this. */
function isSignedFor(response: BasicResponse, issuer: Certificate, at: number): boolean {
  if (issuer.key && isSignedBy(response, issuer.key)) return true;
  return response.certificates
    .map(readCertificate)
    .some(
      (responder) =>
        responder.faults.length === 0 &&
        responder.extensions.unknownCritical.length === 0 &&
        responder.extensions.extendedKeyUsage?.includes(oid.ocspSigning) === true &&
        responder.issuer.key === issuer.subject.key &&
        responder.notBefore <= at &&
        at <= responder.notAfter &&
        responder.signature.strong &&
        responder.key !== null &&
        isSignedBy(response, responder.key) &&
        responder.isSignedBy(issuer),
    );
}

function isSignedBy({ signed, algorithm, signature }: BasicResponse, key: KeyObject): boolean {
  const { hash, padding, strong } = readSignatureAlgorithm(algorithm);
  if (!strong || padding === 'pss') return false;
  try {
    return verify(hash, signed, key, signature);
  } catch {
    return false;
  }
}
