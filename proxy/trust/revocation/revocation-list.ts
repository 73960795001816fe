import { constants, type KeyObject, verify } from 'node:crypto';
import { readSignatureAlgorithm, type SignatureAlgorithm } from '../x509/algorithms.ts';
import type { Certificate } from '../x509/certificate.ts';
import { DerFault, DerReader, readBoolean, readCount, readInteger, readOctets, readTime, tag } from '../x509/der.ts';
import { type DistinguishedName, readName } from '../x509/distinguished-name.ts';
import { readPointName } from '../x509/distribution-points.ts';
import { readExtension } from '../x509/extensions.ts';
import { limits } from '../x509/limits.ts';

/** A list that must not be used. The message completes "…: it …" and contains no text from a stranger. */
export class UnusableList extends Error {
  override readonly name = 'UnusableList';
}

/** What a list covers (RFC 5280 §5.2.5). */
export interface ListScope {
  kind: 'all' | 'leaves' | 'authorities';
  /** The addresses that it belongs to; null when it covers every certificate of its issuer. */
  urls: string[] | null;
}

/** A list of revoked certificates (RFC 5280 §5.1), without its entries read. */
export interface RevocationList {
  issuer: DistinguishedName;
  /** Seconds since 1970. */
  thisUpdate: number;
  nextUpdate: number;
  /** Increases with every list of the issuer (RFC 5280 §5.2.3); null when there is none. */
  number: bigint | null;
  /**
   * Why it does not prove that a certificate is good, completing "…: it …"; null when it does. Without a number, an
   * older list could be passed off as this one. What it says about revoked certificates counts.
   */
  flaw: string | null;
  scope: ListScope;
  /** One after another, as in the list. */
  entries: Buffer;
  signature: SignatureAlgorithm;
  signed: Buffer;
  signatureBytes: Buffer;
}

/** The clocks of authorities and computers differ a little. Seconds. */
export const clockSkew = 300;
/** RFC 5280 §5.2.3 allows a number of 20 bytes. */
const maxNumberBytes = 21;

const oid = {
  issuerAltName: '2.5.29.18',
  number: '2.5.29.20',
  delta: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
} as const;

/**
 * Reads the frame of a list. Takes no longer for many entries than for few.
 *
 * @throws {DerFault} when it is not a list
 * @throws {UnusableList} when it is of an unsupported kind: a delta, an indirect one, one for only some reasons, or
 *   with an unknown critical extension (RFC 5280 §5.2)
 */
export function readRevocationList(der: Buffer): RevocationList {
  const outer = DerReader.inside(der);
  const body = outer.expect(tag.sequence);
  const outerAlgorithm = outer.expect(tag.sequence);
  const signatureBytes = readOctets(outer.expect(tag.bitString).content);
  outer.end();

  const tbs = new DerReader(body.content);
  const version = tbs.optional(tag.integer);
  if (version && readCount(version.content) !== 1) throw new UnusableList('is of a version that does not exist');
  const algorithm = tbs.expect(tag.sequence);
  if (!algorithm.whole.equals(outerAlgorithm.whole)) throw new UnusableList('names two signature algorithms');
  const issuer = readName(tbs.expect(tag.sequence).whole);
  const thisUpdate = readTime(tbs.next());
  const dated = tbs.nextTag === tag.utcTime || tbs.nextTag === tag.generalizedTime;
  const nextUpdate = dated ? readTime(tbs.next()) : null;
  const entries = tbs.optional(tag.sequence)?.content ?? Buffer.alloc(0);
  const wrapped = tbs.optional(tag.constructed(0));
  tbs.end();
  // Required by RFC 5280 §5.1.2.5; without it a list could be replayed for ever.
  if (nextUpdate === null) throw new UnusableList('does not say until when it holds');

  return {
    issuer,
    thisUpdate,
    nextUpdate,
    ...readExtensions(wrapped && version ? DerReader.inside(wrapped.content) : null),
    entries,
    signature: readSignatureAlgorithm(algorithm.whole),
    signed: body.whole,
    signatureBytes,
  };
}

type FromExtensions = Pick<RevocationList, 'number' | 'flaw' | 'scope'>;

function readExtensions(reader: DerReader | null): FromExtensions {
  // RFC 5280 §5.2.3: every list has a number, and it is not critical.
  const found: FromExtensions = {
    number: null,
    flaw: 'does not have the number that lists have to have',
    scope: { kind: 'all', urls: null },
  };
  const seen = new Set<string>();
  while (reader && !reader.done) {
    const { id, critical, value } = readExtension(reader);
    if (seen.has(id)) throw new UnusableList('has an extension twice');
    seen.add(id);
    if (seen.size > limits.extensions) throw new DerFault('it has too many extensions');
    if (id === oid.delta) throw new UnusableList('holds only what has changed since another list');
    else if (id === oid.issuingDistributionPoint) found.scope = readScope(value);
    else if (id === oid.number) {
      found.number = readNumber(value);
      found.flaw = critical ? 'has a number that is marked as critical' : null;
    } else if (critical && id !== oid.issuerAltName)
      throw new UnusableList('has a restriction that Postern does not know');
  }
  return found;
}

function readNumber(value: Buffer): bigint {
  const reader = new DerReader(value);
  const bytes = readInteger(reader.expect(tag.integer).content);
  reader.end();
  if (bytes.length > maxNumberBytes || bytes.readUInt8(0) >= 0x80)
    throw new DerFault('its number is not a sensible one');
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** IssuingDistributionPoint (RFC 5280 §5.2.5). */
function readScope(value: Buffer): ListScope {
  const reader = DerReader.inside(value);
  const name = reader.optional(tag.constructed(0));
  const flag = (n: number) => {
    const element = reader.optional(tag.primitive(n));
    return element ? readBoolean(element.content) : false;
  };
  const leaves = flag(1);
  const authorities = flag(2);
  const reasons = reader.optional(tag.primitive(3));
  const indirect = flag(4);
  const attributes = flag(5);
  reader.end();
  if (indirect) throw new UnusableList('speaks for other authorities than its own');
  if (reasons) throw new UnusableList('is for some reasons of revocation alone');
  if (attributes || (leaves && authorities))
    throw new UnusableList('is not for certificates of servers or authorities');
  return { kind: leaves ? 'leaves' : authorities ? 'authorities' : 'all', urls: name ? readPointName(name) : null };
}

/**
 * Whether a list says anything about a certificate of its issuer (RFC 5280 §6.3.3 (b)): its kind matches, and one
 * location's list is not taken for another's.
 *
 * @param urls the addresses that the certificate names
 */
export function speaksFor({ kind, urls }: ListScope, certificate: Certificate, named: readonly string[]): boolean {
  const authority = certificate.extensions.basicConstraints?.ca === true;
  if (kind !== 'all' && (kind === 'authorities') !== authority) return false;
  return urls === null || urls.some((url) => named.includes(url));
}

/**
 * @param at seconds since 1970
 * @throws {UnusableList} when it is from the future or has been replaced by a newer one
 */
export function requireCurrent({ thisUpdate, nextUpdate }: RevocationList, at: number): void {
  if (thisUpdate > at + clockSkew) throw new UnusableList('is from the future');
  if (nextUpdate < at - clockSkew) throw new UnusableList('is too old');
}

/** @throws {UnusableList} unless `issuer` issued the list, and may issue lists (RFC 5280 §6.3.3 (f), (g)) */
export async function requireIssuedBy(list: RevocationList, issuer: Certificate): Promise<void> {
  const usage = issuer.extensions.keyUsage;
  if (list.issuer.key !== issuer.subject.key) throw new UnusableList('comes from another authority');
  if (usage && !usage.has('cRLSign')) throw new UnusableList('comes from an authority that may not sign such lists');
  if (!list.signature.strong) throw new UnusableList('has a signature that can be forged');
  if (!issuer.key || !(await isSignedBy(list, issuer.key))) throw new UnusableList('is not signed by its authority');
}

/** Off the main thread: hashing the largest list takes tens of milliseconds. */
function isSignedBy({ signed, signature, signatureBytes }: RevocationList, key: KeyObject): Promise<boolean> {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: saltLength } = constants;
  const verifier = signature.padding === 'pss' ? { key, padding, saltLength } : key;
  return new Promise((resolve) => {
    try {
      verify(signature.hash, signed, verifier, signatureBytes, (error, valid) => resolve(!error && valid));
    } catch {
      resolve(false);
    }
  });
}
