import type { Finding } from '../contract/index.ts';
import { signInFinding } from '../diagnosis/sign-in-reply.ts';
import { Refused } from '../net/refused.ts';

/** Findings that leave it open whether a password would do at all. */
const maybeTokens: ReadonlySet<string> = new Set(['wrong-password', 'no-password-sign-in', 'login-disabled']);

/**
 * Recognises a sign-in that the server refused.
 *
 * @param reply the server's words; none of them is in the refusal
 * @param way what the mail program tried; `password-in-vain` where the server offers sign-in by tokens only
 * @returns `oauth-only` where no password would do, else `upstream-sign-in-failed`
 */
export function failedSignIn(server: string, reply: string, way: 'token' | 'password' | 'password-in-vain'): Refused {
  let finding: Finding = signInFinding(reply, server);
  if (way === 'password-in-vain' && maybeTokens.has(finding.code)) {
    finding = { code: 'oauth-needed', facts: { provider: server } };
  }
  // A program that used a token need not be told to.
  if (way === 'token' && finding.code === 'oauth-needed') finding = { code: 'wrong-password' };
  const reason = finding.code === 'oauth-needed' ? 'oauth-only' : 'upstream-sign-in-failed';
  return new Refused(reason, finding, { server });
}
