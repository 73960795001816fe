import { signInFinding } from '../diagnosis/sign-in-reply.ts';
import { Refused } from '../net/refused.ts';

/** A sign-in by Postern itself that the server refused. */
export interface OwnSignInRefused {
  refused: Refused;
  /** Whether the credential was refused, rather than something unrelated to it. */
  ofCredential: boolean;
}

/**
 * Recognises why a server refused what Postern signed in with.
 *
 * @param reply the server's words; none of them is in the refusal
 */
export function signInRefusal(server: string, reply: string, way: 'password' | 'token'): OwnSignInRefused {
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
