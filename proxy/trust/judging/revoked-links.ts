import type { ProblemDetail } from '../../contract/index.ts';
import type { Certificate } from '../x509/certificate.ts';
import { nameText } from './summary.ts';

/**
 * Looks a certificate up by its issuer and serial number. Synchronous, and from memory.
 *
 * @returns when it was revoked, in seconds since 1970; null when it is not known to be
 */
export type RevokedLookup = (issuer: Certificate, serial: Buffer) => number | null;

/**
 * The certificates of a path that their issuers have revoked. The last one has no issuer in it: it is a trust anchor.
 *
 * @param path leaf first
 */
export function judgeRevocations(path: readonly Certificate[], revoked: RevokedLookup): ProblemDetail[] {
  return path.flatMap((certificate, index) => {
    const issuer = path[index + 1];
    const at = issuer ? revoked(issuer, certificate.serial) : null;
    return at === null ? [] : [{ problem: 'revoked' as const, text: revokedText(certificate, index, at) }];
  });
}

/**
 * @param index its place in the path, 0 for the server's own
 * @param at seconds since 1970
 */
export function revokedText(certificate: Certificate, index: number, at: number): string {
  const when = new Date(at * 1000).toISOString().slice(0, 10);
  return index === 0
    ? `The authority that issued the certificate has revoked it on ${when}.`
    : `The certificate of its issuer "${nameText(certificate.subject)}" was revoked on ${when}.`;
}
