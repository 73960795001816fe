import { expect, test } from 'vitest';
import { signInTimes } from '../../proxy/session/sign-in-times.ts';

test('no protocol’s own limit is undercut: 30 minutes for mail programs, and for devices the 5 of SMTP', () => {
  expect(signInTimes(false, 20_000).clientIdleMilliseconds).toBeGreaterThanOrEqual(30 * 60_000);
  expect(signInTimes(true, 20_000).clientIdleMilliseconds).toBe(5 * 60_000);
});

test('a server has longer for an answer than for a connection', () => {
  expect(signInTimes(false, 20_000).replyMilliseconds).toBe(80_000);
  expect(signInTimes(true, 5_000).replyMilliseconds).toBe(20_000);
});
