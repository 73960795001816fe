import { expect, test } from 'vitest';
import { signInRefusal } from '../../proxy/gate/sign-in-refusal.ts';

test('a token that is good, and not for this: it is not renewed, and nobody else has consented', () => {
  for (const error of ['insufficient_scope', '403']) {
    const { refused, ofCredential } = signInRefusal('mail.test', 'NO zonk', 'token', error);
    expect([refused.finding, ofCredential]).toEqual([
      { code: 'stored-sign-in-refused', facts: { way: 'token', wants: 'scope' } },
      false,
    ]);
  }
  expect(signInRefusal('mail.test', 'NO zonk', 'token', 'invalid_token').ofCredential).toBe(true);
});

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
