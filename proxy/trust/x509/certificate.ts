import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { BoundedMap } from '../../state/bounded-map.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './algorithms.ts';
import { DerReader, readCount, readInteger, readOctets, readTime, tag } from './der.ts';
import { type DistinguishedName, readName } from './distinguished-name.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { limits } from './limits.ts';
import { describeKey, isUsable, type PublicKey, readPublicKey } from './public-key.ts';

/** A certificate (RFC 5280 §4.1) as the judge sees it. */
export interface Certificate {
  der: Buffer;
  /** SHA-256 over the DER: 64 lower-case hex digits. */
  fingerprint: string;
  /** SHA-256 over the SubjectPublicKeyInfo: 64 lower-case hex digits. */
  publicKeyFingerprint: string;
  /** 3 except for relics: older versions cannot say what a certificate may be used for. */
  version: number;
  serial: Buffer;
  subject: DistinguishedName;
  issuer: DistinguishedName;
  /** Issued in its own name. Not the same as signed with its own key. */
  selfIssued: boolean;
  /** Seconds since 1970, both inclusive. */
  notBefore: number;
  notAfter: number;
  signature: SignatureAlgorithm;
  /** What the certificate says about its key. */
  publicKey: PublicKey;
  /** Null when the library cannot read the key, or it must not be used for checking. */
  key: KeyObject | null;
  /** The bits of the subject's key, as OCSP names it (RFC 6960 §4.1.1). */
  keyBits: Buffer;
  extensions: Extensions;
  /** Where it departs from RFC 5280, in words that complete "The certificate of X …". */
  faults: string[];
  /** Harmless departures, which only public authorities have promised not to make. In the same form. */
  formalities: string[];
  /** Whether `issuer` signed this certificate. Does real cryptography, once per pair: limit the number of calls. */
  isSignedBy(issuer: Certificate): boolean;
}

/** Certificates read before, by fingerprint: a person's servers and their issuers, most recently met last. */
const known = new BoundedMap<string, Certificate>(64);
/** Larger ones are read each time, so that nobody can fill memory with them. */
const maxKnownBytes = 8 * 1024;

/**
 * Reads one certificate. The same bytes are parsed only once: the result depends on nothing else, and every verdict
 * (dates, names, signatures, decisions) is computed from it afresh.
 *
 * @throws {DerFault} when it cannot be read at all; what can be read but breaks the rules is in `faults`
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  const der = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fingerprint = sha256(der);
  if (der.length > maxKnownBytes) return parse(der, fingerprint);
  // From a copy: the caller's memory may change.
  const certificate = known.get(fingerprint) ?? parse(Buffer.from(der), fingerprint);
  known.set(fingerprint, certificate);
  return certificate;
}

function parse(der: Buffer, fingerprint: string): Certificate {
  const outer = DerReader.inside(der);
  const body = outer.expect(tag.sequence);
  const outerAlgorithm = outer.expect(tag.sequence);
  readOctets(outer.expect(tag.bitString).content);
  outer.end();

  const faults: string[] = [];
  const formalities: string[] = [];
  const tbs = new DerReader(body.content);
  const version = readVersion(tbs);
  const serial = readInteger(tbs.expect(tag.integer).content);
  const algorithm = tbs.expect(tag.sequence);
  const issuer = readName(tbs.expect(tag.sequence).whole);
  const validity = tbs.enter();
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  validity.end();
  const subject = readName(tbs.expect(tag.sequence).whole);
  const keyInfo = tbs.expect(tag.sequence);
  tbs.optional(tag.primitive(1));
  tbs.optional(tag.primitive(2));
  const wrapped = tbs.optional(tag.constructed(3));
  tbs.end();

  if (wrapped && version !== 3) faults.push('has extensions that its version does not have');
  if (!algorithm.whole.equals(outerAlgorithm.whole)) faults.push('names two different signature algorithms');
  if (issuer.empty) faults.push('does not name its issuer');
  const selfIssued = subject.key === issuer.key;
  // Go rejects them, too.
  if (serial.readUInt8(0) >= 0x80) faults.push('has a negative serial number');
  if (serial.length > limits.serialBytes) faults.push('has a serial number without end');
  const number = oddSerial(serial, selfIssued);
  if (number) formalities.push(number);
  const extensions = readExtensions(wrapped ? DerReader.inside(wrapped.content) : null, faults, formalities);
  if (subject.empty && !extensions.subjectAltNameCritical) {
    // RFC 5280 §4.1.2.6: without any name it is about nobody.
    const kind = extensions.subjectAltName ? formalities : faults;
    kind.push('has no subject, and its alternative names are not marked as critical');
  }

  const { publicKey, keyBits } = readPublicKey(keyInfo.content);
  const openssl = parsedByTheLibrary(der);
  const key = openssl && isUsable(publicKey) ? publicKeyOf(openssl) : null;
  const signers = new WeakMap<Certificate, boolean>();
  const unreadable = keyFault(publicKey, key);
  if (unreadable) faults.push(unreadable);
  // CABF BR 6.1.5. No common tool makes such keys; one that does may get more wrong.
  if ('bits' in publicKey && publicKey.bits % 8 !== 0) formalities.push('has an RSA key of an uneven size');
  return {
    der,
    fingerprint,
    publicKeyFingerprint: sha256(keyInfo.whole),
    version,
    serial,
    subject,
    issuer,
    selfIssued,
    notBefore,
    notAfter,
    signature: readSignatureAlgorithm(algorithm.whole),
    publicKey,
    key,
    keyBits,
    extensions,
    faults,
    formalities,
    isSignedBy(by) {
      const before = signers.get(by);
      if (before !== undefined) return before;
      const signed = openssl !== null && by.key !== null && isVerifiedWith(openssl, by.key);
      signers.set(by, signed);
      return signed;
    },
  };
}

function isVerifiedWith(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

function readVersion(tbs: DerReader): number {
  const wrapped = tbs.optional(tag.constructed(0));
  if (!wrapped) return 1;
  const inner = new DerReader(wrapped.content);
  const version = readCount(inner.expect(tag.integer).content) + 1;
  inner.end();
  return version;
}

/**
 * RFC 5280 §4.1.2.2: a positive number of at most 20 bytes. It tells apart what one issuer issued; some public roots
 * have the number zero in their own certificates, and that section asks implementations to be prepared for it.
 */
function oddSerial(serial: Buffer, selfIssued: boolean): string | null {
  if (!selfIssued && serial.every((byte) => byte === 0)) return 'has the serial number zero';
  return serial.length > 20 ? 'has a serial number of more than 20 bytes' : null;
}

/** Why the key cannot be used for checking. A weak key is not malformed: its strength is judged separately. */
function keyFault(publicKey: PublicKey, key: KeyObject | null): string | null {
  if ('bits' in publicKey && publicKey.bits > limits.rsaBits) {
    return `has an RSA key of more than ${limits.rsaBits} bits`;
  }
  if (publicKey.kind === 'broken') return 'has a key that cannot be read';
  // Only keys that another build of the library would have read: the words name the difference.
  if (isUsable(publicKey) && !key) return `has a key that cannot be read here (${describeKey(publicKey)})`;
  return null;
}

function parsedByTheLibrary(der: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

function publicKeyOf(certificate: X509Certificate): KeyObject | null {
  try {
    return certificate.publicKey;
  } catch {
    return null;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
