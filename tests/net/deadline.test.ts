import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startDeadline } from '../../proxy/net/deadline.ts';
import type { Refused } from '../../proxy/net/refused.ts';

const nobody = new AbortController().signal;

test('says which step was waited for when the time is up', async () => {
  const deadline = startDeadline(20, 'mail.example', nobody);
  deadline.waitFor('greeting');
  await once(deadline.signal, 'abort');
  const reason = deadline.signal.reason as Refused;
  expect(reason.reason).toBe('upstream-timeout');
  expect(reason.message).toMatch(
    /^mail\.example did not answer in time on this port: its greeting took more than 0 s\./,
  );
});

test('hints at the other TLS mode where a greeting in plaintext is waited for', async () => {
  const deadline = startDeadline(5, 'mail.example', nobody);
  deadline.waitFor('plaintext-greeting');
  await once(deadline.signal, 'abort');
  expect((deadline.signal.reason as Refused).message).toMatch(/its greeting took .*“At once”/);
});

test('aborts as its parent does, also when that happened before', () => {
  const parent = new AbortController();
  const deadline = startDeadline(60_000, 'mail.example', parent.signal);
  const reason = new Error('the mail program hung up');
  parent.abort(reason);
  expect(deadline.signal.reason).toBe(reason);
  deadline.clear();
  expect(startDeadline(60_000, 'mail.example', parent.signal).signal.reason).toBe(reason);
});

test('a cleared deadline says nothing any more', async () => {
  const parent = new AbortController();
  const deadline = startDeadline(5, 'mail.example', parent.signal);
  deadline.clear();
  parent.abort();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(deadline.signal.aborted).toBe(false);
});

test('is extended once, from the moment on, and says so', async () => {
  const begun = performance.now();
  const deadline = startDeadline(100, 'mail.example', nobody);
  deadline.waitFor('rest-of-greeting');
  deadline.extend(3);
  deadline.extend(1000);
  await once(deadline.signal, 'abort');
  expect(performance.now() - begun).toBeGreaterThanOrEqual(290);
  const told =
    /^mail\.example did not answer in time on this port: the rest of its greeting took more than ([\d.]+) s\./;
  const [, seconds] = told.exec((deadline.signal.reason as Refused).message) ?? [];
  // What had passed before, and three times the time.
  expect(Number(seconds)).toBeGreaterThanOrEqual(0.3);
});

test('is not extended once it has ended', async () => {
  const deadline = startDeadline(5, 'mail.example', nobody);
  await once(deadline.signal, 'abort');
  const { reason } = deadline.signal;
  deadline.extend(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(deadline.signal.reason).toBe(reason);
});
