import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  encode,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from '../trust/x509/der-writer.ts';

/** A certificate and its key, as TLS servers take them. */
export interface ServerIdentity {
  /** PEM. */
  cert: string;
  /** PEM. Lives in memory only, for as long as the practice does. */
  key: string;
}

const day = 86_400_000;
const commonName = objectIdentifier('2.5.4.3');
const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
/** RFC 5280 §4.2.1. */
const extensionIds = {
  subjectKeyIdentifier: objectIdentifier('2.5.29.14'),
  subjectAltName: objectIdentifier('2.5.29.17'),
  basicConstraints: objectIdentifier('2.5.29.19'),
  extKeyUsage: objectIdentifier('2.5.29.37'),
};
/** Context tags: [0] and [3] of TBSCertificate (RFC 5280 §4.1), [2] dNSName of GeneralName (§4.2.1.6). */
const versionTag = 0xa0;
const extensionsTag = 0xa3;
const dnsNameTag = 0x82;

/**
 * Makes a self-signed certificate, as home-made mail servers present them: correct in every other way, so that a
 * newcomer's first question is about this one thing.
 *
 * @param serverName the name that it is issued for
 */
export function makeSelfSignedCertificate(serverName: string): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(set(sequence(commonName, utf8String(serverName))));
  // RFC 5480 §2.2: an uncompressed point on P-256 is the last 65 bytes of the key's encoding. RFC 5280 §4.2.1.2: the
  // usual identifier is its SHA-1; it serves as a name, not as protection.
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keyIdentifier = createHash('sha1').update(spki.subarray(-65)).digest();
  const toBeSigned = sequence(
    encode(versionTag, integer(Buffer.from([2]))),
    // Positive and at most 20 bytes (RFC 5280 §4.1.2.2).
    integer(Buffer.concat([Buffer.from([0x50]), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    // A day early: clocks that disagree a little are not part of the lesson.
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + 90 * day))),
    name,
    spki,
    encode(
      extensionsTag,
      sequence(
        // If left out, cA is false.
        sequence(extensionIds.basicConstraints, boolean(true), octetString(sequence())),
        sequence(extensionIds.subjectKeyIdentifier, octetString(octetString(keyIdentifier))),
        sequence(extensionIds.extKeyUsage, octetString(sequence(serverAuth))),
        sequence(extensionIds.subjectAltName, octetString(sequence(encode(dnsNameTag, Buffer.from(serverName))))),
      ),
    ),
  );
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bitString(sign('sha256', toBeSigned, privateKey)));
  const base64 = certificate.toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
