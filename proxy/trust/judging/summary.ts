import { type CertificateSummary, inert } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { DistinguishedName } from '../x509/distinguished-name.ts';
import { type GeneralName, ipText } from '../x509/general-names.ts';
import { describeKey } from '../x509/public-key.ts';

/** How much of a window or a log a certificate may fill, in characters and entries. */
const maxTextLength = 300;
const maxNameLength = 253;
const maxNames = 100;
/** All names of a certificate together: a person compares a few, and hostile ones are made as large as possible. */
const maxNamesLength = 4_000;
/** The same for an issuer, whose names say nothing about the server. */
const maxIssuerNamesLength = 300;

/** A subject or issuer as `CN=mail.example.org, O=Example`. */
export function nameText(name: DistinguishedName): string {
  if (name.empty) return '(no name)';
  return inert(
    name.attributes
      .slice(0, 20)
      .map(({ type, text }) => `${type}=${text.slice(0, maxTextLength)}`)
      .join(', '),
  );
}

/** The servers that a certificate is for, as inert texts. */
export function serverNames(names: readonly GeneralName[] | null): string[] {
  return (names ?? []).flatMap(serverName);
}

function serverName(name: GeneralName): string[] {
  if (name.kind === 'dns') return [inert(name.text, maxNameLength)];
  return name.kind === 'ip' ? [ipText(name.bytes.subarray(0, 32))] : [];
}

/** Of an issuer. */
export function summariseIssuer(certificate: Certificate): CertificateSummary {
  return summarise(certificate, maxIssuerNamesLength);
}

/** The certificate as it is shown to a person. */
export function summarise(certificate: Certificate, namesLength: number = maxNamesLength): CertificateSummary {
  const relevant = (certificate.extensions.subjectAltName ?? []).filter(({ kind }) => kind === 'dns' || kind === 'ip');
  const names: string[] = [];
  let left = namesLength;
  // What is not shown is not made fit to be shown: a hostile certificate has hundreds.
  for (const name of relevant.slice(0, maxNames)) {
    const [text = ''] = serverName(name);
    left -= text.length;
    if (left < 0) break;
    names.push(text);
  }
  return {
    fingerprint: certificate.fingerprint,
    publicKeyFingerprint: certificate.publicKeyFingerprint,
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    names,
    namesOmitted: relevant.length - names.length,
    serialNumber: certificate.serial.subarray(0, 32).toString('hex'),
    notBefore: isoDate(certificate.notBefore),
    notAfter: isoDate(certificate.notAfter),
    key: describeKey(certificate.publicKey),
    signature: inert(certificate.signature.name),
  };
}

function isoDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
