import { expect, test } from 'vitest';
import { signInRefusal } from '../../proxy/gate/sign-in-refusal.ts';

test.each([
  ['535 5.7.8 zonk', 'password', 'upstream-sign-in-failed', 'stored-sign-in-refused', true],
  ['535 5.7.8 zonk', 'token', 'upstream-sign-in-failed', 'stored-sign-in-refused', true],
  ['Application-specific password required', 'password', 'upstream-sign-in-failed', 'stored-sign-in-refused', true],
  ['basic auth is disabled', 'password', 'oauth-only', 'oauth-needed', false],
  ['535 5.7.139 SmtpClientAuthentication is disabled', 'token', 'upstream-sign-in-failed', 'login-disabled', false],
  ['NO [IN-USE] mailbox locked', 'password', 'upstream-sign-in-failed', 'mailbox-locked', false],
] as const)('%s, to a %s', (reply, way, reason, code, ofCredential) => {
  const found = signInRefusal('mail.test', reply, way);
  expect([found.refused.reason, found.refused.finding.code, found.ofCredential]).toEqual([reason, code, ofCredential]);
});
