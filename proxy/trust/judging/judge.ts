import {
  type CertificateProblem,
  type CertificateSummary,
  certificateProblems,
  type ProblemDetail,
} from '../../contract/index.ts';
import { type Certificate, readCertificate } from '../x509/certificate.ts';
import { DerFault } from '../x509/der.ts';
import { limits } from '../x509/limits.ts';
import { judgeLeaf } from './leaf.ts';
import { type Anchors, findPath } from './path.ts';
import type { RevokedLookup } from './revoked-links.ts';
import { judgeStaple } from './staple.ts';
import { summarise, summariseIssuer } from './summary.ts';

/** What a server presented, and what it is judged by. */
export interface Presentation {
  /** DER, the server's own certificate first; the others in any order. */
  chain: readonly Uint8Array[];
  /** The configured server: a DNS name or an IP literal. */
  server: string;
  /** The stapled OCSP response, if any. */
  staple: Uint8Array | null;
  /** Milliseconds since 1970. */
  now: number;
  /** What is known to be revoked; nothing by default. */
  revoked?: RevokedLookup;
}

/** Everything that is wrong with a server's certificate; nothing is if `problems` is empty. */
export interface Judgement {
  /** Each word once, in the contract's order. */
  problems: CertificateProblem[];
  details: ProblemDetail[];
  certificate: CertificateSummary;
  /** The certificates presented above it, nearest issuer first; at most 10. */
  chain: CertificateSummary[];
}

/** What a judgement was based on. */
export interface JudgedPath extends Judgement {
  /** The server's certificate first, a trusted one last; empty when no path led to one. */
  path: readonly Certificate[];
  staple: StapleFinding;
}

/** What the server's own proof says: good until a second since 1970, or revoked. Null when it proves nothing. */
export type StapleFinding = { kind: 'good'; until: number } | { kind: 'revoked'; text: string } | null;

/** Maximum sentences kept for one question. */
const maxDetails = 20;

/**
 * Judges a server's certificate by our own rules alone. The TLS library's verdict is ignored: it is about the one path
 * that it chose, and each library chooses differently. Never stops at the first fault.
 *
 * What was read from a certificate is cached, and which key signed it; verdicts are not. A cached verdict would have to be bound
 * to the clock, the roots, the rules and every revocation list, and judging again takes 0.04 of the 2 to 3 milliseconds that
 * setting up a session takes.
 *
 * @throws {DerFault} when the server's own certificate cannot be read
 */
export function judge(presentation: Presentation, anchors: Anchors): JudgedPath {
  const [first, ...others] = presentation.chain;
  if (!first) throw new DerFault('there is none');
  const leaf = readCertificate(first);
  if (first.length > limits.presentedBytes) throw new DerFault('it is larger than a whole handshake');
  const lookedAt = withinLimits(others, limits.presentedBytes - first.length);
  const presented = lookedAt.flatMap(readable);
  const at = Math.floor(presentation.now / 1000);
  const found = findPath(leaf, presented, anchors, at, presentation.revoked);
  const issuer = found.path[1] ?? (leaf.selfIssued ? leaf : null);
  const { problems: stapled, goodUntil } = judgeStaple(presentation.staple, leaf, issuer, at);
  const details = [
    ...judgeLeaf(leaf, presentation.server, at, found.anchored && found.path.length === 1),
    ...found.problems,
    ...(found.anchored || others.length === lookedAt.length ? [] : [tooMuchPresented(others.length, lookedAt.length)]),
    ...stapled,
  ];
  const words = new Set(details.map(({ problem }) => problem));
  return {
    problems: certificateProblems.filter((problem) => words.has(problem)),
    details: details.slice(0, maxDetails),
    certificate: summarise(leaf),
    chain: shownChain(found.path, presented).map(summariseIssuer),
    path: found.anchored ? found.path : [],
    staple:
      goodUntil !== null
        ? { kind: 'good', until: goodUntil }
        : stapled[0]
          ? { kind: 'revoked', text: stapled[0].text }
          : null,
  };
}

/** Unreadable extra certificates are skipped. */
function readable(bytes: Uint8Array): Certificate[] {
  try {
    return [readCertificate(bytes)];
  } catch (error) {
    if (error instanceof DerFault) return [];
    throw error;
  }
}

function shownChain(path: readonly Certificate[], presented: readonly Certificate[]): Certificate[] {
  const above = [...path.slice(1), ...presented];
  return [...new Map(above.map((certificate) => [certificate.fingerprint, certificate])).values()].slice(0, 10);
}

/** As many of the presented certificates, in order, as may be examined. */
function withinLimits(others: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] {
  let bytes = 0;
  const end = others.findIndex(({ length }) => {
    bytes += length;
    return bytes > maxBytes;
  });
  return others.slice(0, Math.min(limits.presented, end < 0 ? others.length : end));
}

function tooMuchPresented(count: number, lookedAt: number): ProblemDetail {
  return {
    problem: 'unknown-issuer',
    text: `The server presents ${count} certificates beside its own, and Postern looks at ${lookedAt} of them: what vouches for it may be among the others.`,
  };
}
