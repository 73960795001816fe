import { expect, test } from 'vitest';
import { diagnose, type Finding, type RefusalReason } from '../../proxy/contract/index.ts';
import { isOfTheNetwork } from '../../proxy/diagnosis/of-the-network.ts';

test.each<[RefusalReason, Finding, boolean]>([
  ['upstream-unreachable', { code: 'dns-not-found' }, true],
  ['upstream-timeout', { code: 'server-timeout' }, true],
  ['upstream-closed', { code: 'server-closed' }, true],
  ['tls-handshake-failed', { code: 'captive-portal' }, true],
  // The attempt ran out of time, and the closer look found what no network does.
  ['upstream-timeout', { code: 'port-wants-implicit-tls' }, false],
  ['upstream-closed', { code: 'port-wants-starttls' }, false],
  ['starttls-not-offered', { code: 'plaintext-only' }, false],
  ['upstream-sign-in-failed', { code: 'wrong-password' }, false],
])('%s with %o: %s', (reason, finding, expected) => {
  expect(isOfTheNetwork({ reason, diagnosis: diagnose(finding) })).toBe(expected);
});
