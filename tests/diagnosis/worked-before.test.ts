import { expect, test } from 'vitest';
import { diagnose } from '../../proxy/contract/index.ts';
import { afterSuccess } from '../../proxy/diagnosis/worked-before.ts';

const workedAt = '2026-01-02T03:04:05.000Z';
const advice = (...of: Parameters<typeof afterSuccess>) => diagnose(afterSuccess(...of)).advice;

test.each(['connection-refused', 'server-timeout'] as const)('%s: where it worked, the server may be down', (code) => {
  expect(advice({ code }, workedAt)).toMatch(/^The server may be down/);
  expect(advice({ code }, null)).toMatch(/^Check the port/);
});

test('what else is known of the failure stays', () => {
  const facts = { seconds: 15, step: 'plaintext-greeting' } as const;
  expect(afterSuccess({ code: 'server-timeout', facts }, workedAt).facts).toEqual({ ...facts, workedAt });
});

test('another failure is not changed by a success', () => {
  expect(afterSuccess({ code: 'dns-failing' }, workedAt)).toEqual({ code: 'dns-failing' });
});
