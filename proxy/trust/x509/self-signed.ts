import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bitString,
  boolean,
  encode,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der-writer.ts';

/** What a server's certificate of our own says. */
export interface SelfSignedContent {
  commonName: string;
  dnsNames: readonly string[];
  /** 4 or 16 bytes each. */
  addresses?: readonly (readonly number[])[];
  notBefore: Date;
  notAfter: Date;
}

const commonNameId = objectIdentifier('2.5.4.3');
const serverAuth = objectIdentifier('1.3.6.1.5.5.7.3.1');
/** RFC 5758 §3.2 (no parameters), RFC 4055 §5 (NULL). */
const signatureAlgorithms: Record<string, Buffer> = {
  ec: sequence(objectIdentifier('1.2.840.10045.4.3.2')),
  rsa: sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing()),
};
/** RFC 5280 §4.2.1. */
const extensionIds = {
  subjectKeyIdentifier: objectIdentifier('2.5.29.14'),
  subjectAltName: objectIdentifier('2.5.29.17'),
  basicConstraints: objectIdentifier('2.5.29.19'),
  extKeyUsage: objectIdentifier('2.5.29.37'),
};
/** Context tags: [0] and [3] of TBSCertificate (RFC 5280 §4.1), [2] dNSName and [7] iPAddress of GeneralName (§4.2.1.6). */
const versionTag = 0xa0;
const extensionsTag = 0xa3;
const dnsNameTag = 0x82;
const addressTag = 0x87;

/**
 * Makes a certificate for a server that signs itself with SHA-256. It may vouch for no other certificate.
 *
 * @param privateKey EC on P-256, or RSA
 * @returns PEM
 */
export function selfSignedCertificate(
  privateKey: KeyObject,
  { commonName, dnsNames, addresses = [], notBefore, notAfter }: SelfSignedContent,
): string {
  const name = sequence(set(sequence(commonNameId, utf8String(commonName))));
  const algorithm = signatureAlgorithms[privateKey.asymmetricKeyType ?? ''];
  if (!algorithm) throw new Error(`No certificate is made for a key of the kind ${privateKey.asymmetricKeyType}.`);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  // RFC 5280 §4.2.1.2 leaves the form open. It serves as a name, not as protection.
  const keyIdentifier = createHash('sha1').update(publicKey).digest();
  const names = [
    ...dnsNames.map((each) => encode(dnsNameTag, Buffer.from(each))),
    ...addresses.map((each) => encode(addressTag, Buffer.from(each))),
  ];
  const toBeSigned = sequence(
    encode(versionTag, integer(Buffer.from([2]))),
    // Positive and at most 20 bytes (RFC 5280 §4.1.2.2).
    integer(Buffer.concat([Buffer.from([0x50]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    encode(
      extensionsTag,
      sequence(
        // If left out, cA is false.
        sequence(extensionIds.basicConstraints, boolean(true), octetString(sequence())),
        sequence(extensionIds.subjectKeyIdentifier, octetString(octetString(keyIdentifier))),
        sequence(extensionIds.extKeyUsage, octetString(sequence(serverAuth))),
        sequence(extensionIds.subjectAltName, octetString(sequence(...names))),
      ),
    ),
  );
  const certificate = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, privateKey)));
  const base64 = certificate.toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}
