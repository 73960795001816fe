import type { RevocationStanding } from '../../contract/index.ts';
import type { StapleFinding } from '../judging/judge.ts';
import { revokedText } from '../judging/revoked-links.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Answer } from './known-lists.ts';

/** What was found out about one certificate of a path. */
export interface Finding {
  certificate: Certificate;
  answer: Answer;
  /** Why there is no fresh list, completing "… is not known: "; null when there is one. */
  trouble: string | null;
}

/**
 * Sums up what is known about a server's certificate and its issuers: revoked when one is, good when all are, otherwise
 * unknown.
 *
 * @param findings the server's own first; none when its certificate is itself a trust anchor
 * @param staple what the server itself said when it was last met
 * @param at seconds since 1970
 */
export function certificateStatus(findings: readonly Finding[], staple: StapleFinding, at: number): RevocationStanding {
  const untils: number[] = [];
  const fetched: number[] = [];
  let unknown: Finding | null = null;
  for (const [index, finding] of findings.entries()) {
    const { answer, certificate } = finding;
    if (answer.kind === 'revoked') {
      const message = revokedText(certificate, index, answer.at);
      return { status: 'revoked', checkedAt: iso(answer.fetchedAt), nextUpdate: null, source: 'crl', message };
    }
    if (answer.kind === 'good') {
      untils.push(answer.until);
      fetched.push(answer.fetchedAt);
    } else if (index === 0 && staple?.kind === 'good' && staple.until >= at) untils.push(staple.until);
    else unknown ??= finding;
  }
  if (staple?.kind === 'revoked') {
    return { status: 'revoked', checkedAt: iso(at), nextUpdate: null, source: 'staple', message: staple.text };
  }
  const [own] = findings;
  if (!own || unknown) {
    const about = unknown === own ? 'the certificate' : 'the certificate of its issuer';
    const message = own
      ? `Whether ${about} has been revoked is not known: ${unknown?.trouble ?? 'the list of its authority is too old'}. Mail goes on.`
      : 'The certificate is trusted in itself: there is no authority that could revoke it.';
    return { status: 'unknown', checkedAt: iso(at), nextUpdate: null, source: null, message };
  }
  const byList = own.answer.kind === 'good';
  return {
    status: 'good',
    checkedAt: iso(byList ? Math.min(...fetched) : at),
    nextUpdate: iso(Math.min(...untils)),
    source: byList ? 'crl' : 'staple',
    message: byList
      ? 'The certificate is not on the list of revoked certificates of its authority.'
      : 'The server proved with its handshake that the certificate has not been revoked.',
  };
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
