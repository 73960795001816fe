import { expect, test } from 'vitest';
import { limitReplies, sendingLimit } from '../../proxy/diagnosis/sending-limit.ts';

test.each([
  ['432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded\r\n', 'Microsoft 365', 'minute'],
  ['432 4.3.2 Concurrent connections limit exceeded.\r\n', 'Microsoft 365', 'minute'],
  ['554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed\r\n', 'Microsoft 365', 'day'],
  ['421 4.4.2 Message submission rate for this client has exceeded the configured limit\r\n', 'Exchange', 'minute'],
  ['450 4.2.1 Peak SMTP relay limit exceeded for customer.\r\n', 'Google', 'minute'],
  ['421-4.7.0 Our system has detected an unusual rate of\r\n421 4.7.0 unsolicited mail\r\n', 'Google', 'minute'],
  ['550-5.4.5 Daily user sending limit exceeded. For more\r\n550 5.4.5 information - gsmtp\r\n', 'Google', 'day'],
  ['550 5.4.5 Daily sending quota exceeded. x - gsmtp\r\n', 'Google', 'day'],
])('%j', (reply, provider, per) => {
  expect(sendingLimit(reply)).toEqual({ code: 'server-rate-limited', facts: { provider, per } });
});

test.each([
  '550 5.7.1 Message rejected as spam by content filter',
  '552 5.2.2 mailbox full',
  '451 4.7.1 Greylisted',
  '',
])('honest: %j is something else', (reply) => {
  expect(sendingLimit(reply)).toBeNull();
});

test('each row says where it is documented', () => {
  for (const { source } of limitReplies) expect(source).toMatch(/^https:\/\//);
});
