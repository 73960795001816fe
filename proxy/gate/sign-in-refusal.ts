import { signInFinding } from '../diagnosis/sign-in-reply.ts';
import { Refused } from '../net/refused.ts';

/** A sign-in by Postern itself that the server refused. */
export interface OwnSignInRefused {
  refused: Refused;
  /** Whether the credential was refused, rather than something unrelated to it. */
  ofCredential: boolean;
}

/** The token is good, and not for this (RFC 6750 §3.1); some servers give the status of HTTP. */
const beyondScope: ReadonlySet<string> = new Set(['insufficient_scope', '403']);

/**
 * Recognises why a server refused what Postern signed in with.
 *
 * @param reply the server's words; none of them is in the refusal
 * @param error the status with which it refused a token, where it gave one (RFC 7628 §3.2.2)
 */
export function signInRefusal(
  server: string,
  reply: string,
  way: 'password' | 'token',
  error: string | null = null,
): OwnSignInRefused {
  if (way === 'token' && error !== null && beyondScope.has(error)) {
    // A new token of the same consent would have the same scope.
    const facts = { way, wants: 'scope' } as const;
    const refused = new Refused('upstream-sign-in-failed', { code: 'stored-sign-in-refused', facts }, { server });
    return { refused, ofCredential: false };
  }
  const finding = signInFinding(reply, server);
  const ofCredential =
    finding.code === 'wrong-password' ||
    finding.code === 'app-password-needed' ||
    (finding.code === 'oauth-needed' && way === 'token');
  if (ofCredential) {
    const wants =
      finding.code === 'app-password-needed' && way === 'password' ? { wants: 'app-password' as const } : {};
    const facts = { way, ...wants };
    return {
      refused: new Refused('upstream-sign-in-failed', { code: 'stored-sign-in-refused', facts }, { server }),
      ofCredential,
    };
  }
  const reason = finding.code === 'oauth-needed' ? 'oauth-only' : 'upstream-sign-in-failed';
  return { refused: new Refused(reason, finding, { server }), ofCredential };
}
