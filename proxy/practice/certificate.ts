import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Time,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate and its key, as TLS servers take them. */
export interface ServerIdentity {
  /** PEM. */
  cert: string;
  /** PEM. Lives in memory only, for as long as the practice does. */
  key: string;
}

const day = 86_400_000;
const commonName = '2.5.4.3';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

/**
 * Makes a certificate that signed itself, as home-made mail servers present them: right in every other way, so that a
 * newcomer's first question is about this one thing.
 *
 * @param serverName the name that it is for
 */
export function makeSelfSignedCertificate(serverName: string): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const publicKeyInfo = AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo);
  const subject = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: commonName, value: new AttributeValue({ utf8String: serverName }) }),
    ]),
  ]);
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  // RFC 5280 §4.2.1.2: the usual identifier is the SHA-1 of the key; a name for it, no protection.
  const keyIdentifier = createHash('sha1').update(new Uint8Array(publicKeyInfo.subjectPublicKey)).digest();
  const toBeSigned = new TBSCertificate({
    version: Version.v3,
    // Positive and at most 20 bytes (RFC 5280 §4.1.2.2).
    serialNumber: arrayBuffer(Buffer.concat([Buffer.from([0x50]), randomBytes(15)])),
    signature: algorithm,
    issuer: subject,
    subject,
    subjectPublicKeyInfo: publicKeyInfo,
    extensions: new Extensions([
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(new KeyIdentifier(keyIdentifier))),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, false, new SubjectAlternativeName([new GeneralName({ dNSName: serverName })])),
    ]),
  });
  // A day early: clocks that disagree a little are no part of the lesson.
  toBeSigned.validity.notBefore = new Time(new Date(Date.now() - day));
  toBeSigned.validity.notAfter = new Time(new Date(Date.now() + 90 * day));
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(toBeSigned)), privateKey);
  const certificate = new Certificate({
    tbsCertificate: toBeSigned,
    signatureAlgorithm: algorithm,
    signatureValue: arrayBuffer(signature),
  });
  const base64 = Buffer.from(AsnConvert.serialize(certificate)).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** The bytes alone, without what Node keeps beside them in the same memory. */
function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
