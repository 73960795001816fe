import { expect, test } from 'vitest';
import { failedSignIn } from '../../proxy/dialects/refused-sign-in.ts';

test.each([
  ['535 5.7.8 zonk', 'password', 'upstream-sign-in-failed', 'wrong-password'],
  ['535 5.7.8 zonk', 'password-in-vain', 'oauth-only', 'oauth-needed'],
  ['504 mechanism not supported', 'password-in-vain', 'oauth-only', 'oauth-needed'],
  ['[IN-USE] mailbox locked', 'password-in-vain', 'upstream-sign-in-failed', 'mailbox-locked'],
  ['basic auth is disabled', 'password', 'oauth-only', 'oauth-needed'],
  ['basic auth is disabled', 'token', 'upstream-sign-in-failed', 'wrong-password'],
  ['Application-specific password required', 'password', 'upstream-sign-in-failed', 'app-password-needed'],
] as const)('%j to a %s is %s', (reply, way, reason, code) => {
  const failed = failedSignIn('mail.example', reply, way);
  expect(failed).toMatchObject({ reason, finding: { code } });
  expect(failed.message).not.toContain(reply);
  expect(failed.message.length).toBeGreaterThan(15);
});

test('a server that is known to take tokens alone', () => {
  expect(failedSignIn('outlook.office365.com', 'LOGIN failed.', 'password').reason).toBe('oauth-only');
});
