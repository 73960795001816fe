import type { Finding } from '../contract/index.ts';
import { goodByeFinding, signInFinding } from '../diagnosis/sign-in-reply.ts';
import { Refused } from '../net/refused.ts';
import type { Answer } from './grammar.ts';

/** What the mail program tried; `password-in-vain` where the server offers sign-in by tokens only. */
type Way = 'token' | 'password' | 'password-in-vain';

/** Findings that leave open whether any password would be accepted. */
const maybeTokens: ReadonlySet<string> = new Set(['wrong-password', 'no-password-sign-in', 'login-disabled']);

/**
 * Recognises a sign-in that the server refused.
 *
 * @param reply the server's words; none of them is in the refusal
 * @returns `oauth-only` where no password would do, else `upstream-sign-in-failed`
 */
export function failedSignIn(server: string, reply: string, way: Way): Refused {
  return refusedFor(server, signInFinding(reply, server), way);
}

/** Recognises a failed sign-in, whether the server refused it or said goodbye. */
export function vainSignIn(server: string, answer: Extract<Answer, { kind: 'refused' | 'closed' }>, way: Way): Refused {
  if (answer.reply !== undefined) return failedSignIn(server, answer.reply, way);
  const goodBye = answer.kind === 'closed' ? (answer.goodBye ?? '') : '';
  return refusedFor(server, goodByeFinding(goodBye, server), way);
}

function refusedFor(server: string, recognised: Finding, way: Way): Refused {
  let finding = recognised;
  if (way === 'password-in-vain' && maybeTokens.has(finding.code)) {
    finding = { code: 'oauth-needed', facts: { provider: server } };
  }
  // A program that used a token need not be told to.
  if (way === 'token' && finding.code === 'oauth-needed') finding = { code: 'wrong-password' };
  const reason = finding.code === 'oauth-needed' ? 'oauth-only' : 'upstream-sign-in-failed';
  return new Refused(reason, finding, { server });
}
