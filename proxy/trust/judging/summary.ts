import type { CertificateSummary } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { DistinguishedName } from '../x509/distinguished-name.ts';
import { type GeneralName, ipText } from '../x509/general-names.ts';
import { describeKey } from '../x509/public-key.ts';

/** What a certificate may fill of a window or a log, in characters and entries. */
const maxTextLength = 300;
const maxNameLength = 253;
const maxNames = 100;

/**
 * Makes text of a stranger harmless to show: control characters (ANSI sequences begin with one), bidirectional and
 * invisible formatting, line separators, lone surrogates and piled-up accents become `�`; the length is bounded.
 */
export function inert(text: string, max: number = maxTextLength): string {
  const clean = text.slice(0, max * 4).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+|\p{M}{4,}/gu, '\ufffd');
  const characters = [...clean];
  return characters.length > max || text.length > max * 4 ? `${characters.slice(0, max - 1).join('')}…` : clean;
}

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
  return (names ?? []).flatMap((name) => {
    if (name.kind === 'dns') return [inert(name.text, maxNameLength)];
    return name.kind === 'ip' ? [ipText(name.bytes.subarray(0, 32))] : [];
  });
}

/** The certificate as it is shown to a person. */
export function summarise(certificate: Certificate): CertificateSummary {
  const relevant = (certificate.extensions.subjectAltName ?? []).filter(({ kind }) => kind === 'dns' || kind === 'ip');
  return {
    fingerprint: certificate.fingerprint,
    publicKeyFingerprint: certificate.publicKeyFingerprint,
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    names: serverNames(relevant.slice(0, maxNames)),
    namesOmitted: Math.max(0, relevant.length - maxNames),
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
