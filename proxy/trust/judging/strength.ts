import type { ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { hasLargeExponent, type PublicKey } from '../x509/public-key.ts';

/** Sizes of curves in bits. All other curves are weak, or used by nobody. */
const curveBits: Record<string, number> = {
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  brainpoolP256r1: 256,
  brainpoolP320r1: 320,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
  secp224r1: 224,
  prime192v1: 192,
};

/** @returns why the key is weak, completing "The key of … is weak: …"; null when it is not. */
function weakness(key: PublicKey): string | null {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      if (key.bits < 2048) return `RSA with ${key.bits} bits, and 2048 are the least`;
      if (hasLargeExponent(key)) return 'its RSA exponent is larger than any that is in use';
      // NIST SP 800-56B §6.2.1: odd and above 2; the exponent 1 would be no encryption at all.
      return key.exponent < 3n || key.exponent % 2n === 0n ? 'its RSA exponent is not a safe one' : null;
    case 'ec': {
      // RFC 5480 §2.1.1. Anyone who spells out a curve can choose one on which every signature verifies
      // (CVE-2020-0601).
      if (key.curve === null) return 'it brings a curve of its own';
      const bits = curveBits[key.curve];
      if (bits === undefined) return 'it uses a curve that is not a known one';
      return bits < 256 ? `an elliptic curve of ${bits} bits, and 256 are the least` : null;
    }
    case 'dsa':
      return 'DSA is not used for TLS any more';
    case 'unknown':
      return 'its kind is not one that Postern knows';
    default:
      return null;
  }
}

/**
 * Judges the keys and signatures of a path, without relying on the TLS library's own security levels.
 *
 * @param path leaf first, followed by the issuers that were found
 * @param anchored whether the last one is a trust anchor, so that its own signature means nothing
 */
export function judgeStrength(path: readonly Certificate[], anchored: boolean): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  path.forEach((certificate, index) => {
    const whose = index === 0 ? "The certificate's key" : 'The key of one of its issuers';
    const weak = weakness(certificate.publicKey);
    if (weak) problems.push({ problem: 'weak-key', text: `${whose} is weak: ${weak}.` });
    const isAnchor = anchored && index === path.length - 1;
    if (isAnchor || certificate.signature.strong) return;
    const { name } = certificate.signature;
    problems.push({
      problem: 'weak-signature',
      text: `${index === 0 ? 'The certificate' : 'An issuer of the certificate'} is signed with ${name}, which can be forged or is not known.`,
    });
  });
  return problems;
}
