import { isIP } from 'node:net';
import { inert, type ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { oid } from '../x509/extensions.ts';
import { type GeneralName, ipText } from '../x509/general-names.ts';
import { addressBytes } from './server-name.ts';
import { nameText } from './summary.ts';

/**
 * What the web's authorities have promised beyond RFC 5280: the rules of the CA/Browser Forum's Baseline Requirements
 * (BR) for TLS certificates that a client can check. A certificate that breaks one was not made the way that public
 * authorities make them. Authorities that were configured, or added by the system's owner, have promised nothing of the kind:
 * only RFC 5280 and RFC 9525 apply to them. Formalities that OpenSSL and Go both let pass (odd serial numbers, a leading dot in
 * a name constraint, a root of version 1) are allowed here as well.
 *
 * All of Mozilla's roots satisfy the rules about roots, which a test verifies.
 *
 * @param path leaf first, a public anchor last
 */
export function inspectPublicPath(path: readonly Certificate[]): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  path.forEach((certificate, index) => {
    const issuer = path[index + 1];
    if (index === 0) problems.push(...leafProblems(certificate, issuer));
    else problems.push(...authorityProblems(certificate, issuer));
  });
  return problems;
}

function leafProblems(leaf: Certificate, issuer: Certificate | undefined): ProblemDetail[] {
  const { keyUsage, extendedKeyUsage, extendedKeyUsageCritical, subjectAltNameCritical } = leaf.extensions;
  const problems: ProblemDetail[] = [];
  const wrongUsage = (fault: string) =>
    problems.push({
      problem: 'wrong-usage',
      text: `The certificate is not one that public authorities may issue for servers. ${fault}`,
    });
  const stray = strayCommonName(leaf);
  if (stray !== null) {
    problems.push({
      problem: 'name-mismatch',
      text: `The certificate is also made out to "${inert(stray, 253)}", which is not among the servers that it is for. Public authorities may not issue such certificates.`,
    });
  }
  // BR 7.1.2.7.6: extKeyUsage is present, and not critical. That it names servers is required of every certificate.
  if (!extendedKeyUsage) wrongUsage('It does not say that it is for servers.');
  if (extendedKeyUsageCritical) wrongUsage('Its purposes are marked as critical.');
  // BR 7.1.2.7.10: "any purpose" must not be among them.
  if (extendedKeyUsage?.includes(oid.anyPurpose)) wrongUsage('It is for any purpose besides.');
  // RFC 5280 §4.2.1.3, RFC 8446 §4.4.2.2; required by BR 7.1.2.7.11.
  if (keyUsage && !keyUsage.has('digitalSignature')) wrongUsage('Its key may not be used to sign the handshake.');
  for (const formality of leaf.formalities) wrongUsage(`It ${formality}.`);
  // BR 7.1.2.7.12; the other half, an empty subject with names that are not critical, is RFC 5280 §4.2.1.6.
  if (subjectAltNameCritical && !leaf.subject.empty) {
    wrongUsage('Its names are marked as critical, although it has a subject.');
  }
  if (lacksAuthorityKey(leaf, issuer)) {
    problems.push({
      problem: 'unknown-issuer',
      text: 'The certificate does not say which key vouches for it, as those of public authorities do.',
    });
  }
  return problems;
}

/** What is read as an IPv4 or IPv6 address, in any notation: its last label is a number, or there is a colon. */
const addressLike = /:|(?:^|\.)(?:\d+|0x[\da-f]*)$/i;

/**
 * BR 7.1.4.3: a common name is a character-for-character copy of one of the alternative names, with an IPv6 address as
 * in RFC 5952 §4. A host name beside nothing but addresses is let pass: it cannot be taken for another spelling of
 * them.
 *
 * @returns the common name that is not such a copy
 */
function strayCommonName({ subject, extensions }: Certificate): string | null {
  const names = extensions.subjectAltName ?? [];
  const hasHosts = names.some(({ kind }) => kind === 'dns');
  const isHost = (text: string) => names.some((name) => name.kind === 'dns' && name.text === text);
  const isStray = (text: string) => (addressLike.test(text) ? !isAddressOf(text, names) : hasHosts && !isHost(text));
  const commonNames = subject.attributes.filter(({ type }) => type === 'CN');
  // There should be one; if there are more, which BR 7.1.4.2 forbids, the first ones are enough.
  return commonNames.slice(0, maxCommonNames).find(({ text }) => isStray(text))?.text ?? null;
}

const maxCommonNames = 5;

function isAddressOf(text: string, names: readonly GeneralName[]): boolean {
  if (isIP(text) === 0) return false;
  const bytes = addressBytes(text);
  return ipText(bytes) === text && names.some((name) => name.kind === 'ip' && name.bytes.equals(bytes));
}

function authorityProblems(authority: Certificate, issuer: Certificate | undefined): ProblemDetail[] {
  const { basicConstraints, subjectKeyIdentifier } = authority.extensions;
  const faults = [...authority.formalities];
  // BR 7.1.2.1.2 and 7.1.2.10.4, RFC 5280 §4.2.1.9.
  if (basicConstraints && !basicConstraints.critical) faults.push('does not mark as critical that it is an authority');
  // BR 7.1.2.11.4, RFC 5280 §4.2.1.2. One of Mozilla's roots, older than the BR, has none.
  if (issuer && !subjectKeyIdentifier) faults.push('does not say which key it has');
  if (lacksAuthorityKey(authority, issuer)) faults.push('does not say which key vouches for it');
  if (!issuer) faults.push(...rootFaults(authority));
  return faults.map((fault) => ({
    problem: 'unknown-issuer',
    text: `The issuer "${nameText(authority.subject)}" may not vouch for this server as a public authority: it ${fault}.`,
  }));
}

/**
 * BR 7.1.2.11.1, RFC 5280 §4.2.1.1: everything below the root names the key that signed it. Building the path ensures
 * that it is the issuer's key. An issuer that does not name its own key leaves nothing to name.
 *
 * @param issuer undefined for the anchor, whose own issuer is not searched for
 */
function lacksAuthorityKey({ extensions }: Certificate, issuer: Certificate | undefined): boolean {
  return !extensions.authorityKeyIdentifier && !!issuer?.extensions.subjectKeyIdentifier;
}

function rootFaults({ extensions, selfIssued }: Certificate): string[] {
  const { extendedKeyUsage, authorityKeyIdentifier, authorityByKeyAlone, subjectKeyIdentifier } = extensions;
  const faults: string[] = [];
  // An intermediate can be an anchor, too: what follows is about roots.
  if (!selfIssued) return faults;
  // BR 7.1.2.1.2: extKeyUsage must not be present.
  if (extendedKeyUsage) faults.push('limits its purposes, as roots do not');
  // BR 7.1.2.1.3: only the key identifier, equal to its own.
  const ownKey = authorityByKeyAlone && subjectKeyIdentifier && authorityKeyIdentifier?.equals(subjectKeyIdentifier);
  if (authorityByKeyAlone !== null && !ownKey) faults.push('names somebody else as the one who vouches for it');
  return faults;
}
