import { inert, type ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type KeyUsage, oid } from '../x509/extensions.ts';
import type { PublicKey } from '../x509/public-key.ts';
import { expectedName, isNamed } from './server-name.ts';
import { serverNames } from './summary.ts';
import { validityProblem } from './validity.ts';

/**
 * Judges the server's own certificate: its dates, its names, and what it may be used for. Every fault is reported.
 *
 * @param server the configured one
 * @param at seconds since 1970
 * @param anchor true when this very certificate is among the trusted ones
 */
export function judgeLeaf(leaf: Certificate, server: string, at: number, anchor: boolean): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const dated = validityProblem(leaf, at, () => 'The certificate');
  if (dated) problems.push(dated);
  const expected = expectedName(server);
  if (!expected || !isNamed(expected, leaf.extensions.subjectAltName ?? [])) {
    problems.push({ problem: 'name-mismatch', text: mismatch(leaf, server) });
  }
  for (const fault of [...leaf.faults.map((text) => `It ${text}.`), ...misuses(leaf, anchor)]) {
    problems.push({ problem: 'wrong-usage', text: `The certificate may not be used for a server. ${fault}` });
  }
  return problems;
}

function mismatch({ extensions }: Certificate, server: string): string {
  const names = (extensions.subjectAltName ?? []).filter(({ kind }) => kind === 'dns' || kind === 'ip');
  const [first] = serverNames(names.slice(0, 1));
  if (first === undefined) {
    return `The certificate names no server at all, so it is not for ${inert(server)}. (A common name alone does not count.)`;
  }
  const others = names.length - 1;
  const more = others === 0 ? '' : ` and ${others} other name${others === 1 ? '' : 's'}`;
  return `The certificate is for ${first}${more}, not for ${inert(server)}.`;
}

function misuses({ version, publicKey, extensions, selfIssued }: Certificate, anchor: boolean): string[] {
  const { basicConstraints, keyUsage, extendedKeyUsage, unknownCritical, nameConstraints } = extensions;
  const faults: string[] = [];
  if (version !== 3) faults.push(`It is of version ${version}; only version 3 says what it may be used for.`);
  if (unknownCritical.length > 0) faults.push('It has a restriction that Postern does not know.');
  // "Any purpose" alone says nothing about servers. Go takes it to mean all purposes, OpenSSL does not.
  if (extendedKeyUsage && !extendedKeyUsage.includes(oid.serverAuth)) faults.push('It was issued for other purposes.');
  if (keyUsage && !signsHandshakes(keyUsage, publicKey)) {
    // Home-made certificates are often their own authority and say no more than that.
    const ownAuthority = selfIssued && basicConstraints?.ca === true && keyUsage.has('keyCertSign');
    if (!ownAuthority) faults.push('Its key may not be used to sign the handshake.');
  }
  if (keyUsage?.has('keyCertSign') && !basicConstraints?.ca) {
    faults.push('It may sign certificates, and says that it is no authority.');
  }
  if (basicConstraints?.ca && !selfIssued && !anchor) faults.push('It is the certificate of an authority.');
  if (nameConstraints && !basicConstraints?.ca) faults.push('It limits names as only an authority may.');
  return faults;
}

/**
 * RFC 5280 §4.2.1.3: the signature in the handshake is made with this key. Companies' authorities often allow RSA keys
 * only for the old key exchange, which used them differently; OpenSSL and Go accept the signature anyway.
 */
function signsHandshakes(usage: ReadonlySet<KeyUsage>, key: PublicKey): boolean {
  return usage.has('digitalSignature') || (key.kind === 'rsa' && usage.has('keyEncipherment'));
}
