import { type ProblemDetail, unapprovableProblems } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { limits } from '../x509/limits.ts';
import { describeKey, unitsOf } from '../x509/public-key.ts';
import { inspectPath } from './path-rules.ts';
import { judgeRevocations, type RevokedLookup } from './revoked-links.ts';
import { judgeStrength } from './strength.ts';
import { inspectPublicPath } from './web-pki-rules.ts';
import { Work } from './work.ts';

/** The certificates that are trust anchors. */
export interface Anchors {
  has(certificate: Certificate): boolean;
  /** The anchors with this name as their subject. */
  named(subjectKey: string): readonly Certificate[];
  /** Whether this anchor is one of the web's authorities, so that what it vouches for is held to their rules, too. */
  isPublic(anchor: Certificate): boolean;
}

/** The best path from the server's certificate upwards, and everything that is wrong with it. */
export interface FoundPath {
  /** Leaf first. Ends at an anchor when `anchored`. */
  path: Certificate[];
  anchored: boolean;
  problems: ProblemDetail[];
}

/**
 * Looks for a path from the leaf to an anchor through the presented certificates (RFC 4158), in whatever order and
 * number they came, and judges it (RFC 5280 §6.1). Where several paths exist (cross-signed roots, an expired
 * cross-signature), one without problems wins. The work is bounded, whatever is presented.
 *
 * @param at seconds since 1970
 * @param revoked what is known to be revoked; nothing by default
 */
export function findPath(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: Anchors,
  at: number,
  revoked: RevokedLookup = () => null,
): FoundPath {
  const work = new Work();
  let best: FoundPath | null = null;
  let longest: Certificate[] = [leaf];
  let forged = false;
  let unusable: Certificate | null = null;
  const checked = new Map<string, boolean>();
  const presentedByName = bySubject(presented);

  const signedBy = (certificate: Certificate, issuer: Certificate): boolean => {
    const edge = `${certificate.fingerprint}${issuer.publicKeyFingerprint}`;
    const known = checked.get(edge);
    if (known !== undefined) return known;
    if (!issuer.key) {
      unusable ??= issuer;
      return false;
    }
    if (!work.signature(unitsOf(issuer.publicKey))) return false;
    const signed = certificate.isSignedBy(issuer);
    checked.set(edge, signed);
    if (!signed) forged = true;
    return signed;
  };

  /** @returns true when a path without problems was found, which ends the search. */
  const climb = (path: Certificate[]): boolean => {
    work.step();
    const top = path.at(-1) ?? leaf;
    if (path.length > longest.length) longest = path;
    if (anchors.has(top)) {
      work.path();
      const asPublic = anchors.isPublic(top);
      const problems = [
        ...inspectPath(path, at, { anchor: asPublic ? 'public' : 'private', work }),
        ...(asPublic ? inspectPublicPath(path) : []),
        ...judgeStrength(path, true),
        ...judgeRevocations(path, revoked),
      ];
      if (!best || weight(problems) < weight(best.problems)) best = { path, anchored: true, problems };
      if (problems.length === 0) return true;
    }
    if (path.length >= limits.links || !work.maySearchOn) return false;
    return candidates(top, anchors, presentedByName)
      .filter((issuer) => !path.some((link) => isSameAuthority(link, issuer)))
      .some((issuer) => signedBy(top, issuer) && climb([...path, issuer]));
  };

  climb([leaf]);
  if (best) return best;
  const vouched = withoutStrangersRoot(longest);
  return {
    path: longest,
    anchored: false,
    problems: [
      untrusted(leaf, longest, { forged, unusable }),
      ...inspectPath(vouched, at, { anchor: null, work }),
      ...judgeStrength(vouched, false),
    ],
  };
}

/**
 * An untrusted root proves nothing, and neither does its self-signature: whether a server sends it along does not
 * affect the verdict.
 */
function withoutStrangersRoot(path: readonly Certificate[]): readonly Certificate[] {
  return path.length > 1 && path.at(-1)?.selfIssued ? path.slice(0, -1) : path;
}

function bySubject(certificates: readonly Certificate[]): Map<string, Certificate[]> {
  const map = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    const { key } = certificate.subject;
    map.set(key, [...(map.get(key) ?? []), certificate]);
  }
  return map;
}

/**
 * Who may have issued it: anchors first, and those with the key identifier that it names before those without one. A
 * different identifier means a different key (RFC 5280 §4.2.1.1), whatever the name.
 */
function candidates(of: Certificate, anchors: Anchors, presented: Map<string, Certificate[]>): Certificate[] {
  const named = [...anchors.named(of.issuer.key), ...(presented.get(of.issuer.key) ?? [])];
  const unique = [...new Map(named.map((certificate) => [certificate.fingerprint, certificate])).values()];
  const wanted = of.extensions.authorityKeyIdentifier;
  if (!wanted) return unique;
  const identified = ({ extensions }: Certificate) => extensions.subjectKeyIdentifier;
  return [
    ...unique.filter((certificate) => identified(certificate)?.equals(wanted)),
    ...unique.filter((certificate) => !identified(certificate)),
  ];
}

/** RFC 4158 §5.2: a name and key that are already in the path form a loop. */
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return a.subject.key === b.subject.key && a.publicKeyFingerprint === b.publicKeyFingerprint;
}

/** A fault that cannot be approved outweighs any number of others. */
function weight(problems: readonly ProblemDetail[]): number {
  return problems.reduce((sum, { problem }) => sum + (unapprovableProblems.includes(problem) ? 1000 : 1), 0);
}

/**
 * Faults met during the search, off the path: a signature that does not verify, an issuer whose key cannot be used for
 * checking.
 */
interface Obstacles {
  forged: boolean;
  unusable: Certificate | null;
}

function untrusted(leaf: Certificate, path: readonly Certificate[], { forged, unusable }: Obstacles): ProblemDetail {
  if (leaf.selfIssued) {
    return {
      problem: 'self-signed',
      text: 'The certificate was signed by its own key: nobody else vouches for it.',
    };
  }
  if (unusable) {
    return {
      problem: 'unknown-issuer',
      text: `An issuer of the certificate has a key that cannot be used here (${describeKey(unusable.publicKey)}).`,
    };
  }
  if (forged && path.length === 1) {
    return {
      problem: 'unknown-issuer',
      text: 'The certificate names an issuer whose signature it does not bear.',
    };
  }
  const top = path.at(-1) ?? leaf;
  return {
    problem: 'unknown-issuer',
    text: top.selfIssued
      ? 'The certificate comes from an authority that this computer does not trust.'
      : 'No authority that this computer trusts could be found for the certificate: an intermediate certificate may be missing on the server.',
  };
}
